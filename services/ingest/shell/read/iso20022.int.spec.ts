import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../../../test/ingest/support.ts'
import type { ReadResult } from '../../core/read-result.ts'
import type { ClearTransaction } from '../../core/transaction.ts'
import { openInput } from './open-input.ts'
import type { InputOptions } from './input.ts'

interface Read {
  readonly refused: string | undefined
  readonly results: readonly ReadResult[]
  readonly notes: readonly string[]
}

async function read(content: string | Uint8Array, options: InputOptions = {}): Promise<Read> {
  await using folder = await temporaryFolder()
  const input = await openInput(await folder.file('message.xml', content), options)
  if (input.kind === 'refused') return { refused: `${input.reason}: ${input.detail}`, results: [], notes: [] }
  const results: ReadResult[] = []
  for await (const batch of input.read()) results.push(...batch.results)
  await input.close()
  return { refused: undefined, results, notes: input.notes.map(({ code, detail }) => `${code}: ${detail}`) }
}

function rowsOf({ results, refused }: Read): readonly ClearTransaction[] {
  expect(refused).toBeUndefined()
  return results.flatMap((result) => (result.kind === 'row' ? [result.clear] : []))
}

function reasonsOf({ results }: Read): readonly string[] {
  return results.flatMap((result) => (result.kind === 'refused' ? [result.reason] : []))
}

const payer = 'CH5109000000250092291'
const payee = 'DE89370400440532013000'
const iban = (value: string): string => `<Id><IBAN>${value}</IBAN></Id>`

function document(type: string, content: string): string {
  return `<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:${type}">${content}</Document>`
}

const transfer = (
  extra = '',
  amount = '<IntrBkSttlmAmt Ccy="JPY">45000</IntrBkSttlmAmt>',
): string => `<CdtTrfTxInf>
  <PmtId><EndToEndId>E1</EndToEndId><UETR>B2C3D4E5-F6A7-4901-BCDE-F12345678901</UETR></PmtId>
  ${amount}<IntrBkSttlmDt>2026-03-02</IntrBkSttlmDt>${extra}
  <Dbtr><Nm>测试甲</Nm><Id><PrvtId><Othr><Id>P-1</Id></Othr></PrvtId></Id></Dbtr><DbtrAcct>${iban(payer)}</DbtrAcct>
  <Cdtr><Nm>Demo &amp; Co</Nm><PstlAdr><Ctry>DE</Ctry></PstlAdr><Id><OrgId><LEI>L-1</LEI></OrgId></Id></Cdtr>
  <CdtrAcct>${iban(payee)}</CdtrAcct><RmtInf><Ustrd>货款</Ustrd><Ustrd>2月</Ustrd></RmtInf></CdtTrfTxInf>`

const pacs008 = (...transfers: readonly string[]): string =>
  document(
    'pacs.008.001.08',
    `<FIToFICstmrCdtTrf><GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-03-02T09:00:00Z</CreDtTm><NbOfTxs>${transfers.length}</NbOfTxs></GrpHdr>${transfers.join('')}</FIToFICstmrCdtTrf>`,
  )

interface EntryParts {
  readonly direction?: string
  readonly status?: string
  readonly extra?: string
  readonly details?: readonly string[]
}

const entry = ({ direction = 'CRDT', status = 'BOOK', extra = '', details = [] }: EntryParts = {}): string =>
  `<Ntry><NtryRef>N1</NtryRef><Amt Ccy="CHF">100.00</Amt><CdtDbtInd>${direction}</CdtDbtInd>${extra}<Sts>${status}</Sts>
  <BookgDt><Dt>2026-03-02</Dt></BookgDt><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>DMCT</SubFmlyCd></Fmly></Domn></BkTxCd>
  <NtryDtls>${details.join('')}</NtryDtls></Ntry>`

const detail = (
  ref: string,
  extra = '',
): string => `<TxDtls><Refs><AcctSvcrRef>${ref}</AcctSvcrRef></Refs>${extra}
  <RltdPties><Dbtr><Pty><Nm>测试乙</Nm></Pty></Dbtr><DbtrAcct>${iban(payee)}</DbtrAcct>
  <Cdtr><Nm>测试丙</Nm></Cdtr><CdtrAcct><Id><Othr><Id>C-9</Id></Othr></Id></CdtrAcct></RltdPties></TxDtls>`

const camt053 = (...entries: readonly string[]): string =>
  document(
    'camt.053.001.08',
    `<BkToCstmrStmt><GrpHdr><MsgId>M2</MsgId></GrpHdr><Stmt><Id>S1</Id><Acct>${iban(payer)}<Ownr><Nm>测试甲</Nm></Ownr>
    <Svcr><FinInstnId><BICFI>POFICHBEXXX</BICFI></FinInstnId></Svcr></Acct><Bal><Amt Ccy="CHF">1</Amt></Bal>${entries.join('')}</Stmt></BkToCstmrStmt>`,
  )

describe('Credit transfers', () => {
  test('a pacs.008 becomes a payment with exact money, both parties, and the settlement day as Shanghai midnight', async () => {
    expect(rowsOf(await read(pacs008(transfer())))).toEqual([
      {
        txn_id: 'b2c3d4e5-f6a7-4901-bcde-f12345678901',
        booked_at: Date.parse('2026-03-02T00:00:00+08:00'),
        amount: 45_000,
        currency: 'JPY',
        payer_account: payer,
        payer_id: 'P-1',
        payer_name: '测试甲',
        payer_kind: 'person',
        payer_region: '',
        payee_account: payee,
        payee_id: 'L-1',
        payee_name: 'Demo & Co',
        payee_kind: 'enterprise',
        payee_region: '',
        channel: 'transfer',
        country: 'DE',
        remark: '货款 2月',
        source_id: '',
      },
    ])
  })

  test('a settlement time is better than the day, in its own offset', async () => {
    const exact = '<SttlmTmIndctn><DbtDtTm>2026-03-02T10:11:12.5+02:00</DbtDtTm></SttlmTmIndctn>'
    const [row] = rowsOf(await read(pacs008(transfer(exact))))
    expect(row?.booked_at).toBe(Date.parse('2026-03-02T08:11:12.500Z'))
  })

  test('a message of many transfers gives as many payments, and a fault refuses its own transfer only', async () => {
    const gold = transfer('', '<IntrBkSttlmAmt Ccy="XAU">1</IntrBkSttlmAmt>')
    const none = transfer('', '')
    const result = await read(pacs008(transfer(), gold, none, transfer()))
    expect(
      result.results.map((each) => (each.kind === 'row' ? each.clear.txn_id.slice(-3) : each.reason)),
    ).toEqual(['901', 'unknown_currency', 'missing_amount', '1~4'])
    expect(result.results.map((each) => each.position)).toEqual([1, 2, 3, 4])
  })

  test('what is refused comes with its own XML, for the dead letter', async () => {
    const [refused] = (await read(pacs008(transfer('', '')))).results
    if (refused?.kind !== 'refused') throw new Error('not refused')
    expect(Buffer.from(refused.raw).toString()).toContain('<Nm>Demo &amp; Co</Nm>')
    expect(refused.line).toBe(1)
  })

  test('wrong check digits of an IBAN refuse the transfer', async () => {
    expect(reasonsOf(await read(pacs008(transfer()).replace(payee, 'DE88370400440532013000')))).toEqual([
      'invalid_iban',
    ])
  })

  test('in pacs.009 the parties are institutions; a cover payment is not its customer’s payment', async () => {
    const agent = (bic: string): string => `<FinInstnId><BICFI>${bic}</BICFI></FinInstnId>`
    const cover = `<CdtTrfTxInf><PmtId><UETR>U-1</UETR></PmtId><IntrBkSttlmAmt Ccy="EUR">1.5</IntrBkSttlmAmt><IntrBkSttlmDt>2026-03-02</IntrBkSttlmDt>
      <Dbtr>${agent('AAAAGB2LXXX')}</Dbtr><Cdtr>${agent('BBBBDEFFXXX')}</Cdtr><UndrlygCstmrCdtTrf><Dbtr><Nm>甲</Nm></Dbtr></UndrlygCstmrCdtTrf></CdtTrfTxInf>`
    const rows = rowsOf(
      await read(
        document('pacs.009.001.08', `<FICdtTrf><GrpHdr><MsgId>M</MsgId></GrpHdr>${cover}</FICdtTrf>`),
      ),
    )
    expect(rows).toMatchObject([
      {
        txn_id: 'cover/u-1',
        payer_id: 'AAAAGB2LXXX',
        payer_kind: 'institution',
        payee_id: 'BBBBDEFFXXX',
        country: 'DE',
      },
    ])
  })

  test('in pain.001 the debtor stands above its transfers; the execution day counts; a wrong count is noted', async () => {
    const one = `<CdtTrfTxInf><PmtId><EndToEndId>E-1</EndToEndId></PmtId><Amt><InstdAmt Ccy="EUR">7.25</InstdAmt></Amt><CdtrAcct>${iban(payee)}</CdtrAcct></CdtTrfTxInf>`
    const message = document(
      'pain.001.001.03',
      `<CstmrCdtTrfInitn><GrpHdr><MsgId>M</MsgId><NbOfTxs>3</NbOfTxs></GrpHdr><PmtInf><PmtInfId>I</PmtInfId><ReqdExctnDt>2026-03-05</ReqdExctnDt>
      <Dbtr><Nm>甲</Nm></Dbtr><DbtrAcct>${iban(payer)}</DbtrAcct>${one}${one}</PmtInf></CstmrCdtTrfInitn>`,
    )
    const result = await read(message)
    expect(rowsOf(result)).toMatchObject([
      {
        txn_id: 'M/I/E-1/1',
        payer_account: payer,
        amount: 725,
        booked_at: Date.parse('2026-03-05T00:00:00+08:00'),
      },
      { txn_id: 'M/I/E-1/2' },
    ])
    expect(result.notes).toEqual(['count_differs: 3 / 2'])
  })
})

describe('Bookings of camt.052, camt.053 and camt.054', () => {
  test('a credit is paid to the account of the statement, a debit from it', async () => {
    const rows = rowsOf(
      await read(
        camt053(entry({ details: [detail('R1')] }), entry({ direction: 'DBIT', details: [detail('R2')] })),
      ),
    )
    expect(rows).toMatchObject([
      {
        txn_id: 'R1',
        payer_account: payee,
        payee_account: payer,
        amount: 10_000,
        country: 'DE',
        source_id: 'POFICHBEXXX',
      },
      { txn_id: 'R2', payer_account: payer, payee_account: 'C-9', channel: 'transfer', country: '' },
    ])
  })

  test('a batch is its details with their own amounts; a detail without one is refused', async () => {
    const amount = '<Amt Ccy="CHF">60</Amt>'
    const older = '<AmtDtls><TxAmt><Amt Ccy="CHF">40.00</Amt></TxAmt></AmtDtls>'
    const result = await read(
      camt053(entry({ details: [detail('A', amount), detail('B', older), detail('C')] })),
    )
    expect(rowsOf(result).map((row) => row.amount)).toEqual([6000, 4000])
    expect(reasonsOf(result)).toEqual(['missing_amount'])
  })

  test.each([
    ['pending', { status: 'PDNG', details: [detail('R')] }, 'not_booked'],
    ['for information', { status: '<Cd>INFO</Cd>', details: [detail('R')] }, 'not_booked'],
    ['of unknown status', { status: 'XXXX', details: [detail('R')] }, 'unknown_status'],
    ['a reversal', { extra: '<RvslInd>true</RvslInd>', details: [detail('R')] }, 'reversal'],
    ['a return', { details: [detail('R', '<RtrInf><Rsn><Cd>AC01</Cd></Rsn></RtrInf>')] }, 'returned_payment'],
    ['of no direction', { direction: '', details: [detail('R')] }, 'missing_direction'],
    ['a batch total', { details: ['<Btch><NbOfTxs>7</NbOfTxs></Btch>'] }, 'batch_without_details'],
    ['without details', {}, 'no_transaction_details'],
    [
      'without a counterparty',
      { details: ['<TxDtls><Refs><TxId>R</TxId></Refs></TxDtls>'] },
      'missing_party',
    ],
    [
      'a bank charge',
      {
        details: ['<TxDtls><BkTxCd><Domn><Fmly><SubFmlyCd>CHRG</SubFmlyCd></Fmly></Domn></BkTxCd></TxDtls>'],
      },
      'charge_or_interest',
    ],
  ] as const)('an entry that is %s is refused', async (_, parts, reason) => {
    expect(reasonsOf(await read(camt053(entry(parts))))).toEqual([reason])
  })

  test('a statement without entries is read and has none', async () => {
    expect(await read(camt053())).toMatchObject({ refused: undefined, results: [] })
  })
})

describe('A whole file is refused', () => {
  const entity = '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
  const sound = pacs008(transfer())
  test.each([
    ['with a DOCTYPE', sound.replace('<Document', `${entity}<Document`), 'doctype_refused: '],
    [
      'with a DOCTYPE in small letters',
      sound.replace('<Document', '<!doctype d><Document'),
      'doctype_refused: ',
    ],
    ['with an entity of its own', sound.replace('测试甲', '&b;'), 'malformed_xml: line 4'],
    ['cut short', sound.slice(0, -30), 'malformed_xml: line 6'],
    ['with crossed tags', sound.replace('</Dbtr>', '</Cdtr>'), 'malformed_xml: line 4'],
    ['nested too deeply', `${'<a>'.repeat(65)}${'</a>'.repeat(65)}`, 'too_deep: 64 levels'],
    [
      'with a record of too many elements',
      pacs008(transfer('<x/>'.repeat(20_001))),
      'too_complex: 20000 elements',
    ],
    [
      'with a text too long',
      pacs008(transfer(`<x>${'y'.repeat(70_000)}</x>`)),
      'text_too_long: 65536 characters',
    ],
    [
      'with a comment too long',
      pacs008(transfer(`<!--${'y'.repeat(2_000_000)}-->`)),
      'text_too_long: 1048576 characters',
    ],
    ['that never begins', `<?xml version="1.0"?><!--${'y'.repeat(70_000)}`, 'malformed_xml: no element'],
    [
      'of a type without payments',
      document('pacs.002.001.10', '<FIToFIPmtStsRpt/>'),
      'unsupported_message: pacs.002',
    ],
    [
      'of a type named by its element only',
      '<Document><CstmrDrctDbtInitn/></Document>',
      'unsupported_message: pain.008',
    ],
    ['of a strange namespace', '<Document xmlns="urn:x"><Amt>5</Amt></Document>', 'unknown_message: Amt'],
    ['that is other XML', '<html><body/></html>', 'unknown_message: no Document with a message'],
    [
      'whose namespace contradicts it',
      sound.replace('pacs.008.001', 'pacs.009.001'),
      'header_mismatch: pacs.009 / pacs.008',
    ],
    [
      'whose header contradicts it',
      `<E><AppHdr><MsgDefIdr>camt.053.001.08</MsgDefIdr></AppHdr>${sound.slice(21)}</E>`,
      'header_mismatch: camt.053 / pacs.008',
    ],
    [
      'in an encoding that is not known',
      sound.replace('"1.0"?', '"1.0" encoding="EBCDIC"?'),
      'unsupported_encoding: EBCDIC',
    ],
    ['that is JSON', '{"XMLName":{"Local":"Document"},"GrpHdr":{}}', 'iso20022_as_json: '],
  ])('%s', async (_, content, refusal) => {
    expect((await read(content)).refused).toBe(refusal)
  })

  test('when its bytes do not fit the encoding it declares', async () => {
    expect((await read(Buffer.from(sound, 'latin1'))).refused).toBe('undecodable_text: utf-8')
  })

  test('and nothing of it is used, however late the fault comes', async () => {
    const late = pacs008(...Array.from({ length: 3000 }, () => transfer()), '<broken>')
    expect((await read(late)).refused).toMatch(/^malformed_xml/)
  })
})

describe('Encodings and envelopes', () => {
  const message = pacs008(transfer())
  test.each([
    ['UTF-16 with a mark', Buffer.from(`\ufeff${message}`, 'utf16le')],
    ['UTF-16 without a mark', Buffer.from(message, 'utf16le')],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${message}`)],
  ])('%s is read', async (_, bytes) => {
    expect(rowsOf(await read(bytes))).toMatchObject([{ payer_name: '测试甲' }])
  })

  test('ISO-8859-1 is read as declared', async () => {
    const western = message
      .replace('"1.0"?', '"1.0" encoding="ISO-8859-1"?')
      .replaceAll(/[\u4e00-\u9fff]/g, 'é')
    expect(rowsOf(await read(Buffer.from(western, 'latin1')))).toMatchObject([{ payer_name: 'ééé' }])
  })

  test('prefixes, a business header and an envelope around it change nothing', async () => {
    const plain = rowsOf(await read(message))
    const prefixed = message
      .slice(21)
      .replaceAll(/<(\/?)(\w)/g, '<$1p:$2')
      .replace('xmlns=', 'xmlns:p=')
    const header = '<h:AppHdr xmlns:h="urn:h"><h:MsgDefIdr>pacs.008.001.08</h:MsgDefIdr></h:AppHdr>'
    expect(rowsOf(await read(`<Envelope>${header}${prefixed}</Envelope>`))).toEqual(plain)
  })

  test('the operator’s word on the source is taken', async () => {
    expect(rowsOf(await read(message, { sourceId: 'bank_x' }))).toMatchObject([{ source_id: 'bank_x' }])
  })
})
