/** Which rules the oracle recomputes, which not and why, and how often a thousand histories must reach each. */

/** Rules recomputed on histories of their own, with facts (`facts/recompute.ts`). */
export const recomputedWithFacts: readonly string[] = ['R15', 'R21', 'R23', 'R24', 'R25', 'R28']

/** Rules that nobody recomputes independently, with the reason. */
export const uncovered: Readonly<Record<string, string>> = {
  R22: 'has no warning of its own: it raises the level of others, which the oracles do not compute',
}

/** Verdicts by `rule level` that a thousand histories lead to at least: less than half of what was seen, and one where few were. */
export const reachedMin: Readonly<Record<string, number>> = {
  'R01 orange': 278,
  'R02 blue': 451,
  'R03 blue': 17,
  'R04 blue': 448,
  'R04 yellow': 72,
  'R05 yellow': 111,
  'R06 orange': 1,
  'R06 yellow': 51,
  'R07 orange': 1,
  'R07 yellow': 1,
  'R08 orange': 1,
  'R08 yellow': 1,
  'R09 orange': 85,
  'R09 yellow': 203,
  'R10 orange': 1,
  'R10 yellow': 59,
  'R11 yellow': 1,
  'R12 orange': 19,
  'R12 red': 1,
  'R12 yellow': 64,
  'R13 yellow': 1,
  'R14 orange': 1,
  'R16 blue': 142,
  'R17 yellow': 196,
  'R18 orange': 1,
  'R18 yellow': 21,
  'R19 orange': 23,
  'R20 orange': 1,
  'R26 red': 1,
  'R26 yellow': 28,
  'R27 blue': 140,
  'R29 orange': 19,
  'R29 yellow': 18,
  'R30 orange': 1,
}

/** Per rule, of a thousand histories: steered to its lines and yet nothing of it held, at least so many. */
export const missedMin = 1
