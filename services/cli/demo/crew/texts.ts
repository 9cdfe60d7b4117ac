/** What the crew writes, in believable official Chinese; every place, paper and person is marked as invented (演示). Data. */
import type { GradeCard } from '../../../../schemas/http/common.ts'

/** A card that a department can set. */
export type Card = Exclude<GradeCard, 'none'>

/** What was found on site, by the card it will lead to. */
export const findings: Readonly<Record<Card, readonly string[]>> = {
  red: [
    '现场负责人无法说明资金用途,账册与流水不符;多名付款人称被许以固定收益,到期未兑付。',
    '该账户由他人实际控制,开户人称仅出借银行卡,资金到账后数分钟内即被转出。',
    '经营场所无实际业务,宣传资料承诺保本付息,初步核实涉及人数较多,建议移送。',
  ],
  yellow: [
    '经营业务真实,但未按规定备案,部分款项经个人账户收取,已当场要求说明。',
    '资金往来有合同,但同日分拆多笔支付,缺少合理解释,财务制度不规范。',
    '存在以会员名义预收款项的情形,资金未专户存放,未发现承诺回报。',
  ],
  green: [
    '收付款与日常经营规模基本相符,凭证齐全;因笔数增长较快,建议继续关注。',
    '当事人提供了借款合同和转账记录,来源清楚,尚有少量款项待补充说明。',
    '属季节性集中结算,暂未发现异常,建议列入持续关注名单。',
  ],
  cleared: [
    '核实为购房款,提供了购房合同、资金监管凭证和亲属借款说明,与流水一致。',
    '系市场摊位日常收款,付款人多为熟客,金额小、次数多,与经营情况一致。',
    '为企业间正常货款,发票、送货单与流水逐笔对应,排除风险。',
  ],
}

/** Why this card, in one sentence. */
export const gradeReasons: Readonly<Record<Card, readonly string[]>> = {
  red: ['现场核查与预警相互印证,涉嫌犯罪,拟移送公安机关。', '人数、金额达到追诉标准线索,建议按红卡处理。'],
  yellow: [
    '违反行业管理规定,尚不足以认定犯罪,由主管部门督促整改。',
    '情节一般,建议行业监管部门约谈并责令改正。',
  ],
  green: ['暂未发现违法,资金变化较大,列入持续关注。', '说明基本合理,保留观察一个季度。'],
  cleared: ['交易背景真实,凭证齐全,预警排除。', '属正常经营或家庭大额支出,无风险。'],
}

/** What is done, and on which legal basis, by card. */
export const measures: Readonly<
  Record<Card, readonly { readonly kind: string; readonly legal_basis: string }[]>
> = {
  red: [
    { kind: '受理线索并开展立案前审查', legal_basis: '《公安机关办理刑事案件程序规定》第171条' },
    { kind: '商请处非牵头部门组织调查认定', legal_basis: '《防范和处置非法集资条例》第二十一条' },
  ],
  yellow: [
    { kind: '约谈负责人并责令限期改正', legal_basis: '《防范和处置非法集资条例》第二十二条' },
    { kind: '发出风险提示函,要求补办备案', legal_basis: '《浙江省地方金融条例》第十八条' },
  ],
  green: [
    { kind: '列入持续关注名单,网格员按月走访', legal_basis: '《防范和处置非法集资条例》第八条' },
    { kind: '电话回访并开展防范宣传', legal_basis: '《防范和处置非法集资条例》第十七条' },
  ],
  cleared: [{ kind: '解除关注', legal_basis: '《中华人民共和国个人信息保护法》第二十四条' }],
}

/** What came of it, by card. */
export const summaries: Readonly<Record<Card, readonly string[]>> = {
  red: [
    '已受理并调取账户资料,相关款项依法由有权机关采取措施,正在核对受损人员名单。',
    '案件已移交办案单位,登记参与人员,追赃挽损同步开展。',
  ],
  yellow: ['已约谈并签收整改通知,个人账户收款停止,备案材料补齐。', '整改完成,复查合格,退还部分预收款。'],
  green: ['完成走访,未见新增异常,已列入关注名单。', '当事人补充了说明材料,继续按月关注。'],
  cleared: ['预警排除,已解除关注。'],
}

/** Why a dispatch is sent back. */
export const returnReasons: readonly string[] = [
  '经查该主体的主管事项不属本单位职责,建议转由其他单位承办。',
  '登记地与实际经营事项归口不一致,建议由行业主管部门先行核查。',
]

/** What the prosecutor writes. */
export const interventionReasons = {
  remind: ['该环节已超过承诺期限,请尽快办理并反馈。', '请说明未按期办理的原因,并于一个工作日内完成。'],
  supervise: [
    '提醒后仍未办理,现予督办,请书面说明原因和完成时间。',
    '逾期较久,列入督办清单,请单位负责人跟进。',
  ],
} as const

/** Short names for paper numbers, by department. */
export const paperNames: Readonly<Record<string, string>> = {
  D01: '处非',
  D02: '公经',
  D03: '反诈',
  D04: '市监',
  D05: '银发',
  D06: '金监',
  D07: '证监',
  D08: '汇管',
  D09: '税务',
  D10: '网信',
  D11: '行管',
  D12: '网格',
  D13: '法函',
  D14: '政法',
  D17: '监委',
}

/** Streets of visits. */
export const places: readonly string[] = [
  '路桥区演示街道一号',
  '路桥区样例路十二号市场内',
  '路桥区演示新村三幢',
  '路桥区样例工业园二期厂房',
  '椒江区演示大道写字楼九层',
]

/** Those who go there. */
export const visitors: readonly string[] = ['演示核查员甲', '演示核查员乙', '演示网格员丙', '演示网格员丁']
