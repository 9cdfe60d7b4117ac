/** Around the lines of R14 and R26: money of later ones for earlier ones, loans at high interest. */
import { anchor, day, draft, hour, slip, subject } from '../draft.ts'
import type { Random } from '../../../services/simulate/core/random.ts'
import type { Draft, Draw } from '../draft.ts'

/** About ten investors within about 90 days, about five of whom get about half of it back; other income of about a tenth. */
const newForOld: Draw = (random) => {
  const [from, who] = [anchor(random) + 8 * hour, subject(random)]
  const people = random.between(9, 12)
  const brought = random.pick([10_000_00, 10_000_00, 9_999_99])
  const all = people * brought
  const drafts = Array.from({ length: people }, (_, index) =>
    draft(from + index * day, brought, `V${index}`, who, {
      fromKind: random.chance(0.95) ? random.pick(['person', 'unknown']) : 'enterprise',
    }),
  )
  const repaid = random.between(4, 7)
  const sum = Math.round(all * random.pick([0.5, 0.5, 0.6, 0.49, 1.2, 1.21]))
  const last = random.pick([60, 88, 89, 90])
  for (let index = 0; index < repaid; index += 1) {
    const minor = Math.floor(sum / repaid) + (index === 0 ? (sum % repaid) + slip(random) : 0)
    const at = from + (index === repaid - 1 ? last : 20 + index) * day
    drafts.push(draft(at, minor, who, `V${index}`, { channel: random.pick(['transfer', 'cash']) }))
  }
  // A tenth of all receipts is a ninth of what investors brought.
  const other = random.pick([0, 0, Math.round(all / 9), Math.round(all / 9) - 100, all])
  if (other > 0)
    drafts.push(
      draft(from + 15 * day, other, 'CUSTOMER', who, {
        fromKind: random.pick(['enterprise', 'institution']),
      }),
    )
  return { aims: ['R14'], drafts }
}

/** One loan and what comes back of it: at, above or below 36 % a year, in one or two pieces. */
function loan(
  random: Random,
  from: number,
  who: string,
  kind: string,
  to: string,
  principal: number,
): Draft[] {
  const days = random.pick([6, 5, 10, 30, 30, 100])
  const due = Math.round((principal * 0.36 * days) / 365)
  const lends = draft(from, principal, who, to, {
    fromKind: kind,
    toKind: random.pick(['person', 'person', 'enterprise', 'unknown']),
  })
  const end = from + days * day
  const over = random.pick([due, due + 1, due - 1, due * 2, due + 50_00, principal, principal + 1])
  const back = (at: number, minor: number): Draft => draft(at, minor, to, who, { toKind: kind })
  if (random.chance(0.25)) {
    const first = Math.floor(principal / 3)
    return [lends, back(from + Math.floor(days / 2) * day, first), back(end, principal + over - first)]
  }
  return [lends, back(end, principal + over)]
}

/** About ten loans to a few, of sums that make about two million or ten. */
const lender: Draw = (random) => {
  const [from, who] = [anchor(random), subject(random)]
  const kind = random.pick(['person', 'person', 'enterprise', 'unknown'])
  const count = random.between(10, 16)
  const borrowers = random.between(2, 6)
  const principal = random.pick([1_000_00, 999_99, 50_000_00, 200_000_00, 1_000_000_00])
  const spread = random.pick([3, 20, 40])
  const isGood = random.chance(0.6)
  const drafts = Array.from({ length: count }, (_, index): Draft[] => {
    const at = from + index * spread * day + random.int(6) * hour
    const to = `D${index % borrowers}`
    if (!isGood || random.chance(0.1)) return loan(random, at, who, kind, to, principal)
    // Back in time before the same borrower takes the next one.
    const days = Math.min(30, Math.max(6, spread * borrowers - 1))
    return [
      draft(at, principal, who, to, { fromKind: kind }),
      draft(at + days * day, Math.round(principal * (1 + (0.4 * days) / 365)) + 1_00, to, who, {
        toKind: kind,
      }),
    ]
  })
  return { aims: ['R26'], drafts: drafts.flat() }
}

/** About fifty borrowers of one each. */
const shop: Draw = (random) => {
  const [from, who] = [anchor(random), subject(random)]
  const count = random.pick([49, 50])
  const kind = random.chance(0.8) ? 'person' : 'enterprise'
  const drafts = Array.from({ length: count }, (_, index) => [
    draft(from + index * hour, 2_000_00, who, `D${index}`, { fromKind: kind }),
    draft(from + 10 * day + index * hour, 2_100_00, `D${index}`, who, { toKind: kind }),
  ])
  return { aims: ['R26'], drafts: drafts.flat() }
}

/** Parts around the lines of R14 and R26. */
export const lendingParts: readonly Draw[] = [newForOld, newForOld, lender, shop]
