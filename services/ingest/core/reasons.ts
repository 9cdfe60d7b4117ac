import type { Bilingual } from '../../../schemas/http/common.ts'

/** Why one record was not taken; what a person reads about it. The record goes to the dead letters, the rest of the file goes on. */
export const recordReasons = {
  missing_txn_id: { zh: '缺少交易编号', en: 'The record has no transaction identifier' },
  missing_date: { zh: '缺少记账时间', en: 'The record says no booking time' },
  invalid_date: {
    zh: '记账时间不是有效的 RFC 3339 时间',
    en: 'The booking time is not a valid RFC 3339 time',
  },
  date_without_offset: { zh: '记账时间没有时区偏移', en: 'The booking time has no offset such as +08:00' },
  missing_amount: { zh: '缺少金额', en: 'The record has no amount' },
  invalid_amount: { zh: '金额不是十进制数字', en: 'The amount is not a decimal number' },
  amount_not_positive: { zh: '金额必须大于零', en: 'The amount must be greater than zero' },
  too_many_decimals: { zh: '金额的小数位多于该币种', en: 'The amount has more decimals than its currency' },
  amount_too_large: { zh: '金额过大,无法精确计数', en: 'The amount is too large to be counted exactly' },
  missing_currency: { zh: '缺少币种', en: 'The record has no currency' },
  unknown_currency: {
    zh: '币种不是可支付的 ISO 4217 货币',
    en: 'The currency is not an ISO 4217 currency that payments are made in',
  },
  name_only: {
    zh: '一方只有名称,没有账号或证件号',
    en: 'One side is known by name only: no account, no id',
  },
  missing_party: { zh: '一方既无账号也无证件号', en: 'One side has neither an account nor an id' },
  unknown_kind: { zh: '主体类别不在约定之内', en: 'The kind of a party is not one of the agreed words' },
  unknown_channel: { zh: '渠道不在约定之内', en: 'The channel is not one of the agreed words' },
  unknown_country: { zh: '国家代码不是 ISO 3166 二字码', en: 'The country is not an ISO 3166 alpha-2 code' },
  invalid_region: { zh: '地区代码不是六位数字', en: 'The region is not a six-digit code' },
  invalid_iban: {
    zh: 'IBAN 校验位不符',
    en: 'The check digits of an IBAN do not fit, so it is nobody’s account',
  },
  missing_fact_id: { zh: '缺少事实编号', en: 'The record has no fact identifier' },
  missing_account: { zh: '缺少账号', en: 'The record names no account' },
  missing_other: {
    zh: '关联的另一方没有账号或证件号',
    en: 'The other side of the link has neither an account nor an id',
  },
  missing_legal_basis: {
    zh: '未说明提供数据的法律依据',
    en: 'The record does not say under which power it is delivered',
  },
  purpose_not_allowed: {
    zh: '允许用途不包含风险预警(risk_warning)',
    en: 'The allowed purpose does not include risk_warning',
  },
  unknown_word: { zh: '取值不在约定之内', en: 'A value is not one of the agreed words' },
  invalid_period: { zh: '结束时间不晚于开始时间', en: 'The period ends before it begins' },
  wrong_column_count: { zh: '列数与表头不符', en: 'The row has not as many columns as the header' },
  bad_quoting: { zh: '引号不成对', en: 'A quoted field of the row does not end properly' },
  record_too_large: { zh: '单条记录过长', en: 'The record is longer than allowed' },
  undecodable_text: { zh: '文字无法按所定编码解读', en: 'The text cannot be read in the chosen encoding' },
  not_json: { zh: '该行不是有效的 JSON', en: 'The line is not valid JSON' },
  not_an_object: { zh: '该行不是 JSON 对象', en: 'The line is not a JSON object' },
  not_a_string: { zh: '字段必须是字符串', en: 'A field is not a string (amounts too are decimal strings)' },
  not_booked: {
    zh: '尚未入账(待处理或仅供参考)',
    en: 'The entry is pending or for information only, not booked',
  },
  unknown_status: { zh: '入账状态不明', en: 'The entry does not say whether it is booked' },
  missing_direction: { zh: '未说明借贷方向', en: 'The entry does not say whether it is a credit or a debit' },
  reversal: { zh: '冲正分录,不是新的付款', en: 'The entry takes back an earlier one and is no new payment' },
  returned_payment: {
    zh: '退汇分录,不是新的付款',
    en: 'The entry returns an earlier payment and is no new one',
  },
  charge_or_interest: {
    zh: '银行费用或利息,不是两个账户之间的付款',
    en: 'Bank charge or interest, not a payment between two accounts',
  },
  batch_without_details: {
    zh: '批量汇总分录,没有逐笔明细',
    en: 'The entry is the total of a batch without its transactions',
  },
  no_transaction_details: {
    zh: '分录没有交易明细,对方不明',
    en: 'The entry has no transaction details, so the other side is unknown',
  },
} as const satisfies Readonly<Record<string, Bilingual>>

/** Why a whole file was not taken; nothing of it was. */
export const fileReasons = {
  unreadable_file: { zh: '文件无法读取', en: 'The file cannot be read' },
  not_a_file: { zh: '不是普通文件', en: 'This is not a regular file' },
  empty_file: { zh: '文件为空', en: 'The file is empty' },
  file_too_large: { zh: '文件超过大小上限', en: 'The file is larger than allowed' },
  file_changed: { zh: '读取期间文件被改动', en: 'The file was changed while it was read' },
  corrupt_gzip: { zh: 'gzip 数据损坏或不完整', en: 'The gzip data is damaged or cut short' },
  unknown_format: {
    zh: '不是约定的 CSV、JSON 行或 ISO 20022 XML',
    en: 'This is neither the agreed CSV nor JSON lines nor ISO 20022 XML',
  },
  unsupported_encoding: { zh: '字符编码不受支持', en: 'The character encoding is not supported' },
  undecodable_text: { zh: '文字与所声明的编码不符', en: 'The text does not fit the encoding it declares' },
  missing_columns: { zh: '表头缺少必需的列', en: 'The header lacks required columns' },
  duplicate_column: { zh: '表头有重复的列', en: 'The header names a column twice' },
  bad_header: { zh: '表头无法解析', en: 'The header row cannot be parsed' },
  not_json_lines: { zh: '不是每行一个 JSON 对象', en: 'JSON, but not one object per line' },
  iso20022_as_json: {
    zh: 'ISO 20022 报文的 JSON 形式不受支持,请提供 XML',
    en: 'An ISO 20022 message written as JSON; deliver it as XML',
  },
  malformed_xml: { zh: 'XML 格式不良', en: 'The XML is not well-formed' },
  doctype_refused: {
    zh: '含有 DOCTYPE,出于安全拒收',
    en: 'The XML has a DOCTYPE, which is refused for safety',
  },
  too_deep: { zh: 'XML 嵌套过深', en: 'The XML is nested too deeply' },
  too_complex: { zh: 'XML 单条记录元素过多', en: 'One record of the XML has too many elements' },
  text_too_long: { zh: 'XML 中单段文字过长', en: 'One piece of text in the XML is longer than allowed' },
  unknown_message: {
    zh: '不是可识别的 ISO 20022 报文',
    en: 'The XML holds no ISO 20022 message that is known',
  },
  unsupported_message: {
    zh: '该类 ISO 20022 报文不含可读取的付款',
    en: 'This ISO 20022 message type is not one that brings payments',
  },
  header_mismatch: {
    zh: '报文头声明的类型与内容不符',
    en: 'The business header announces another message type than the content',
  },
} as const satisfies Readonly<Record<string, Bilingual>>

/** What a person should know about a file that is read all the same. */
export const noteTexts = {
  columns_ignored: {
    zh: '以下列不在约定之内,未读取',
    en: 'These columns are not part of the contract and are not read',
  },
  encoding_found: { zh: '按整个文件判定的编码', en: 'The encoding, found out from the whole file' },
  encoding_doubtful: {
    zh: '没有一种编码与全文相符,取错误较少者;无法解读的行将被拒收',
    en: 'No encoding fits the whole file; the one with fewer faults is used, and lines that do not fit are refused',
  },
  count_differs: {
    zh: '报文声明的笔数与实际不符(声明 / 实际)',
    en: 'The message announces another number of transactions than it holds (announced / found)',
  },
} as const satisfies Readonly<Record<string, Bilingual>>

/** One such note. `detail` names columns, encodings or counts. */
export interface Note {
  readonly code: keyof typeof noteTexts
  readonly detail: string
}

export type RecordReason = keyof typeof recordReasons
export type FileReason = keyof typeof fileReasons

/** Why a record was refused. `detail` names the field or element and never repeats a value. */
export interface RecordRefusal {
  readonly reason: RecordReason
  readonly detail: string
}

/** Why a file was refused. `detail` names columns, message types or limits; never a value of a record. */
export interface FileRefusal {
  readonly reason: FileReason
  readonly detail: string
}

/** Ends the reading of a file from deep inside a parser; caught by the reader and turned into a `FileRefusal`. */
export class FileRefusedError extends Error {
  readonly code = 'file_refused'
  readonly refusal: FileRefusal
  constructor(reason: FileReason, detail: string, options?: ErrorOptions) {
    super(`${reason}: ${detail}`, options)
    this.name = 'FileRefusedError'
    this.refusal = { reason, detail }
  }
}
