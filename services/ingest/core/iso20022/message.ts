/** Message types that bring payments, by the element under `Document`. */
const readable = {
  FIToFICstmrCdtTrf: 'pacs.008',
  FICdtTrf: 'pacs.009',
  CstmrCdtTrfInitn: 'pain.001',
  BkToCstmrAcctRpt: 'camt.052',
  BkToCstmrStmt: 'camt.053',
  BkToCstmrDbtCdtNtfctn: 'camt.054',
} as const

/** A message type Weir reads. */
export type MessageType = (typeof readable)[keyof typeof readable]

/** Others that are common enough to be called by their name when the file names no namespace. */
const others: Readonly<Record<string, string>> = {
  FIToFIPmtStsRpt: 'pacs.002',
  FIToFICstmrDrctDbt: 'pacs.003',
  PmtRtr: 'pacs.004',
  FIToFIPmtRvsl: 'pacs.007',
  FIDrctDbt: 'pacs.010',
  FIToFIPmtStsReq: 'pacs.028',
  CstmrPmtStsRpt: 'pain.002',
  CstmrPmtRvsl: 'pain.007',
  CstmrDrctDbtInitn: 'pain.008',
  RsltnOfInvstgtn: 'camt.029',
  CstmrPmtCxlReq: 'camt.055',
  FIToFIPmtCxlReq: 'camt.056',
  NtfctnToRcv: 'camt.057',
  AcctRptgReq: 'camt.060',
}

const identifier = /\b([a-z]{4}\.\d{3})(?:\.\d{3}\.\d{2})?/

/** Type (e.g. `pacs.008`) named by a namespace or message identifier, or undefined. */
export function typeNamed(text: string): string | undefined {
  return identifier.exec(text)?.[1]
}

/** The type Weir reads for the element under `Document`, or undefined. */
export function readableType(element: string): MessageType | undefined {
  return Object.hasOwn(readable, element) ? readable[element as keyof typeof readable] : undefined
}

/** The type of a message Weir does not read: by its namespace, else by its element. */
export function otherType(element: string, namespace: string): string | undefined {
  return typeNamed(namespace) ?? (Object.hasOwn(others, element) ? others[element] : undefined)
}
