/** Names of departments, risk types and regions by code, in the reader's language. */
import { departments, regions, riskTypes } from '../../../../schemas/reference.ts'
import { useWords } from '../i18n/index.ts'

const named = [...departments, ...regions, ...riskTypes]
const names = new Map(named.map((entry) => [entry.code, entry.name]))

/** Short names where the full one would not fit a column head. */
const shortNames: Readonly<Record<string, { readonly zh: string; readonly en: string }>> = {
  D01: { zh: '处非办', en: 'Illegal finance' },
  D02: { zh: '公安经侦', en: 'Economic crime' },
  D03: { zh: '反诈中心', en: 'Anti-fraud' },
  D04: { zh: '市场监管', en: 'Market supervision' },
  D05: { zh: '人民银行', en: 'Central bank' },
  D06: { zh: '金融监管', en: 'Financial regulator' },
  D07: { zh: '证监', en: 'Securities' },
  D08: { zh: '外汇局', en: 'Foreign exchange' },
  D09: { zh: '税务局', en: 'Tax' },
  D10: { zh: '网信办', en: 'Cyberspace' },
  D11: { zh: '行业主管', en: 'Industry' },
  D12: { zh: '镇街网格', en: 'Township grid' },
  D13: { zh: '法院', en: 'Court' },
  D14: { zh: '政法委', en: 'Pol. & legal' },
  D15: { zh: '信访局', en: 'Petitions' },
  D16: { zh: '检察院', en: 'Procuratorate' },
  D17: { zh: '纪委监委', en: 'Discipline' },
}

/** Looks up names; a code that is not known is shown as it is. */
export function useNames(): {
  readonly name: (code: string) => string
  readonly short: (code: string) => string
} {
  const { of } = useWords()
  const name = (code: string): string => {
    const found = names.get(code)
    return found === undefined ? code : of(found)
  }
  return {
    name,
    short: (code) => {
      const found = shortNames[code]
      return found === undefined ? name(code) : of(found)
    },
  }
}
