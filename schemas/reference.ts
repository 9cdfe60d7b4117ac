/** Reference data that several services and the browser show: departments (domain.md 4.1), risk types (4.2), regions. Data, no logic. */
import type { Bilingual } from './http/common.ts'

/** A department that takes part, by its code in domain.md 4.1. */
export interface Department {
  readonly code: string
  readonly name: Bilingual
}

/** D01–D17, domain.md 4.1. */
export const departments: readonly Department[] = [
  { code: 'D01', name: { zh: '处非办(地方金融管理部门)', en: 'Illegal-finance lead department' } },
  { code: 'D02', name: { zh: '公安经侦', en: 'Police, economic crime' } },
  { code: 'D03', name: { zh: '公安反诈中心', en: 'Police, anti-fraud centre' } },
  { code: 'D04', name: { zh: '市场监管局', en: 'Market supervision' } },
  { code: 'D05', name: { zh: '人民银行分支机构', en: 'Central bank branch' } },
  { code: 'D06', name: { zh: '金融监管总局派出机构', en: 'Financial regulator branch' } },
  { code: 'D07', name: { zh: '证监派出机构', en: 'Securities regulator branch' } },
  { code: 'D08', name: { zh: '外汇局', en: 'Foreign exchange administration' } },
  { code: 'D09', name: { zh: '税务局', en: 'Tax bureau' } },
  { code: 'D10', name: { zh: '网信办', en: 'Cyberspace administration' } },
  { code: 'D11', name: { zh: '行业主管部门', en: 'Industry regulators' } },
  { code: 'D12', name: { zh: '镇街网格(综治中心)', en: 'Township grid centre' } },
  { code: 'D13', name: { zh: '法院', en: 'Court' } },
  { code: 'D14', name: { zh: '政法委', en: 'Political and legal affairs commission' } },
  { code: 'D15', name: { zh: '信访局', en: 'Petitions bureau' } },
  { code: 'D16', name: { zh: '检察院', en: 'Procuratorate' } },
  { code: 'D17', name: { zh: '纪委监委', en: 'Discipline and supervision commission' } },
]

/** A kind of financial risk, by its code in domain.md 4.2. */
export interface RiskType {
  readonly code: string
  readonly name: Bilingual
}

/** T0–T13, domain.md 4.2. */
export const riskTypes: readonly RiskType[] = [
  { code: 'T0', name: { zh: '未分类', en: 'Unclassified' } },
  { code: 'T1', name: { zh: '非法集资', en: 'Illegal fund-raising' } },
  { code: 'T2', name: { zh: '职业/非法放贷', en: 'Illegal lending' } },
  { code: 'T3', name: { zh: '涉诈账户', en: 'Fraud account' } },
  { code: 'T4', name: { zh: '洗钱/地下钱庄', en: 'Laundering, underground banking' } },
  { code: 'T5', name: { zh: '地方金融组织违规', en: 'Local financial organisation' } },
  { code: 'T6', name: { zh: '持牌机构及员工', en: 'Licensed institution or its staff' } },
  { code: 'T7', name: { zh: '证券、私募、虚拟货币', en: 'Securities, funds, virtual currency' } },
  { code: 'T8', name: { zh: '传销', en: 'Pyramid selling' } },
  { code: 'T9', name: { zh: '涉税', en: 'Tax' } },
  { code: 'T10', name: { zh: '线上宣传/App', en: 'Online promotion' } },
  { code: 'T11', name: { zh: '外汇分拆', en: 'Foreign exchange splitting' } },
  { code: 'T12', name: { zh: '养老、教育、预付卡等行业', en: 'Elder care, education, prepaid cards' } },
  { code: 'T13', name: { zh: '公职人员参与', en: 'Public officials involved' } },
]

/** An administrative region, by its six-digit code. */
export interface Region {
  readonly code: string
  readonly name: Bilingual
  /** Code of the region above, or empty. */
  readonly parent: string
}

/** Taizhou and its districts (GB/T 2260; codes from memory, domain.md 6 no. 4). */
export const regions: readonly Region[] = [
  { code: '331000', name: { zh: '台州市', en: 'Taizhou' }, parent: '' },
  { code: '331002', name: { zh: '椒江区', en: 'Jiaojiang' }, parent: '331000' },
  { code: '331003', name: { zh: '黄岩区', en: 'Huangyan' }, parent: '331000' },
  { code: '331004', name: { zh: '路桥区', en: 'Luqiao' }, parent: '331000' },
  { code: '331022', name: { zh: '三门县', en: 'Sanmen' }, parent: '331000' },
  { code: '331023', name: { zh: '天台县', en: 'Tiantai' }, parent: '331000' },
  { code: '331024', name: { zh: '仙居县', en: 'Xianju' }, parent: '331000' },
  { code: '331081', name: { zh: '温岭市', en: 'Wenling' }, parent: '331000' },
  { code: '331082', name: { zh: '临海市', en: 'Linhai' }, parent: '331000' },
  { code: '331083', name: { zh: '玉环市', en: 'Yuhuan' }, parent: '331000' },
]
