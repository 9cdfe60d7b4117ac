import { describe, expect, test } from 'vitest'
import { codecs } from '../../../schemas/codec.ts'
import { fieldsWith, testVault } from '../../../test/ingest/support.ts'
import { canonical, payerSubject, plainTransaction } from './canonical.ts'
import { scrubbed } from './scrub.ts'
import { checkFields } from './transaction.ts'
import type { TransactionFields } from '../../../schemas/transaction-csv.ts'
import type { ClearTransaction } from './transaction.ts'

const vault = testVault()

function clear(changes: Partial<TransactionFields> = {}): ClearTransaction {
  const checked = checkFields(fieldsWith(changes))
  if ('reason' in checked) throw new Error(checked.reason)
  return checked
}

describe('What leaves ingestion', () => {
  const secret = {
    payer_account: 'ZZ9990000000000011',
    payer_id: '991004199013450017',
    payer_name: '测试甲',
    payee_account: '9990000000000000022',
    payee_id: 'ZZ1004MA00000001',
    payee_name: 'Demo Trading Co',
    remark: '测试甲 to DEMO TRADING CO, 9990 0000 0000 0000 022',
    txn_id: '9990000000000000022-0001',
  }
  const transaction = canonical(clear(secret), vault)

  test('holds no account, id or name in the clear, not in one byte', () => {
    const bytes = codecs.transaction.encode(transaction).toString('latin1')
    const clearText = Buffer.from(Object.values(secret).join('\n')).toString('latin1')
    for (const value of Object.values(secret)) {
      expect(bytes).not.toContain(Buffer.from(value).toString('latin1'))
    }
    expect(clearText).toContain('Demo Trading')
  })

  test('opens to the identities for whoever has the key', () => {
    expect(vault.open(transaction.payer_identity)).toEqual({
      account: secret.payer_account,
      id: secret.payer_id,
      name: secret.payer_name,
    })
  })

  test('keeps a transaction id unique when an account number in it becomes a pseudonym', () => {
    expect(transaction.txn_id).toBe(`${vault.pseudonym('account', secret.payee_account)}-0001`)
  })

  test('is keyed by the payer: the id, else the account', () => {
    expect(payerSubject(transaction)).toBe(vault.pseudonym('id', secret.payer_id))
    const withoutId = canonical(clear({ payer_account: 'A-1' }), vault)
    expect(payerSubject(withoutId)).toBe(vault.pseudonym('account', 'a1'))
  })

  test('is the same bytes on a replay', () => {
    const again = canonical(clear(secret), testVault())
    expect(codecs.transaction.encode(again)).toEqual(codecs.transaction.encode(transaction))
  })
})

test('A plain transaction keeps the source’s own ids and encodes like any other', () => {
  const plain = plainTransaction(clear({ payer_id: 'A7408', payer_name: '测试甲' }))
  expect(plain).toMatchObject({ payer_id: 'A7408', payer_account: '9990000000000000011' })
  expect(codecs.transaction.decode(codecs.transaction.encode(plain))).toMatchObject({ payer_id: 'A7408' })
})

test.each([
  ['货款', [], '货款'],
  ['尾号1234', [], '尾号1234'],
  ['合同20260001号', [], '合同***号'],
  ['卡６２２２０２１１１２３４', [], '卡***'],
  ['6222 0211 1234 5678', [], '***'],
  ['6222-0211-1234-5678 工资', [], '*** 工资'],
  ['GB29NWBK60161331926819', [], 'GB29NWBK***'],
  ['测试甲还款', ['测试甲'], '***还款'],
  ['pay demo trading co', ['Demo Trading Co'], 'pay ***'],
  ['a+b (c)', ['a+b'], '*** (c)'],
  ['a b c', ['a', ''], 'a b c'],
  ['', ['x1'], ''],
  ['测试甲乙', ['测试甲', '测试甲乙'], '***'],
])('The remark %s without %j is %s', (remark, secrets, expected) => {
  expect(scrubbed(remark, secrets)).toBe(expected)
})
