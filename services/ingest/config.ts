/** What of ingest can be set; checked by the process that starts it. */
import Type from 'typebox'
import type { Static } from 'typebox'

/** Settings of ingest. */
export const IngestConfig = Type.Object(
  {
    follow_every_ms: Type.Integer({
      minimum: 100,
      maximum: 3_600_000,
      default: 2_000,
      description:
        'Milliseconds between two looks at a followed folder. A file is taken in when it looked the same twice.',
    }),
  },
  { additionalProperties: false },
)
export type IngestConfig = Static<typeof IngestConfig>

/** The defaults. */
export const ingestDefaults: IngestConfig = { follow_every_ms: 2_000 }
