/** What of casework can be set; checked by the process that starts it. */
import Type from 'typebox'
import type { Static } from 'typebox'

/** Settings of casework. */
export const CaseworkConfig = Type.Object(
  {
    batch_records_max: Type.Integer({
      minimum: 1,
      maximum: 5_000,
      default: 500,
      description:
        'Warnings taken in per database transaction. More is faster and holds the database longer.',
    }),
  },
  { additionalProperties: false },
)
export type CaseworkConfig = Static<typeof CaseworkConfig>

/** The defaults. */
export const caseworkDefaults: CaseworkConfig = { batch_records_max: 500 }
