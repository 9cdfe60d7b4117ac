import { describe, expect, test } from 'vitest'
import { CsvCutter, fieldNamer, readHeader } from './csv.ts'

const limits = { recordCharacters: 200, recordLines: 20 }

/** Cuts text into records: fields, or the reason in their place, with the line in front. */
function cut(text: string, columns = 3): readonly (readonly [number, readonly string[] | string])[] {
  const cutter = new CsvCutter(columns, limits)
  return cutter
    .push(text.split('\n'), 2, true)
    .map(({ line, content }) => [line, 'reason' in content ? content.reason : content.fields])
}

describe('CSV is cut into records', () => {
  test('a line without quotes is a record; empty lines are none', () => {
    expect(cut('a,b,c\n\n,,\n')).toEqual([
      [2, ['a', 'b', 'c']],
      [4, ['', '', '']],
    ])
  })

  test('quoted fields may hold commas, quotes and line ends', () => {
    expect(cut('"a,1","say ""hi""","two\nlines"\nd,e,f')).toEqual([
      [2, ['a,1', 'say "hi"', 'two\nlines']],
      [4, ['d', 'e', 'f']],
    ])
  })

  test('a quote inside an unquoted field is an ordinary character', () => {
    expect(cut('a,5" pipe,c\nd,e,f\ng,6" pipe,i')).toEqual([
      [2, ['a', '5" pipe', 'c']],
      [3, ['d', 'e', 'f']],
      [4, ['g', '6" pipe', 'i']],
    ])
  })

  test('a quote that never closes costs its own line and no other', () => {
    expect(cut('a,b,c\nd,"e,f\ng,h,i\nj,"k",l')).toEqual([
      [2, ['a', 'b', 'c']],
      [3, 'bad_quoting'],
      [4, ['g', 'h', 'i']],
      [5, ['j', 'k', 'l']],
    ])
  })

  test('two stray quotes cost their own lines and none between them', () => {
    for (const last of ['g,"h,i', 'g,h",i']) {
      const results = cut(`a,"b,c\nd,e,f\n${last}\nj,k,l`)
      expect(results[0]).toEqual([2, 'bad_quoting'])
      expect(results[1]).toEqual([3, ['d', 'e', 'f']])
      expect(results[3]).toEqual([5, ['j', 'k', 'l']])
    }
  })

  test('more or fewer fields than the header has refuse the record', () => {
    expect(cut('a,b\nc,d,e,f\ng,h,i')).toEqual([
      [2, 'wrong_column_count'],
      [3, 'wrong_column_count'],
      [4, ['g', 'h', 'i']],
    ])
  })

  test('a record longer than allowed is refused alone', () => {
    expect(cut(`${'x'.repeat(201)},b,c\na,b,c\n"${'y'.repeat(201)}",b,c\nd,e,f`)).toEqual([
      [2, 'record_too_large'],
      [3, ['a', 'b', 'c']],
      [4, 'record_too_large'],
      [5, ['d', 'e', 'f']],
    ])
  })

  test('an open quote is given up after the allowed number of lines', () => {
    const lines = Array.from({ length: 30 }, (_, index) => `a${index},b,c`)
    const results = cut(`x,"y,z\n${lines.join('\n')}`)
    expect(results[0]).toEqual([2, 'bad_quoting'])
    expect(results).toHaveLength(31)
  })
})

describe('The header', () => {
  const required = 'txn_id,booked_at,amount,currency,payer_account,payee_id'

  test('names columns in any order and case; others are ignored by name', () => {
    const header = readHeader('Payee_ID, amount ,extra,currency,booked_at,TXN_ID,payer_account')
    if ('reason' in header) throw new Error(header.reason)
    expect(header.ignored).toEqual(['extra'])
    expect(fieldNamer(header)(['p', '1', 'x', 'CNY', 'now', 't', 'a'])).toMatchObject({
      txn_id: 't',
      booked_at: 'now',
      amount: '1',
      payer_account: 'a',
      payee_id: 'p',
      remark: '',
    })
  })

  test.each([
    [required.replace('amount,', ''), 'missing_columns', 'amount'],
    [required.replace(',payee_id', ''), 'missing_columns', 'payee_account | payee_id'],
    [
      'txn_id,remark',
      'missing_columns',
      'booked_at, amount, currency, payer_account | payer_id, payee_account | payee_id',
    ],
    [`${required},amount`, 'duplicate_column', 'amount'],
    ['hello world', 'unknown_format', 'no known column in the first line'],
    ['"txn_id', 'bad_header', '"'],
  ])('%s is refused: %s %s', (line, reason, detail) => {
    expect(readHeader(line)).toEqual({ reason, detail })
  })
})
