import { RecentCache } from '../../../platform/identity/cache.ts'
import type { ClearIdentity, IdentityVault } from '../../../platform/identity/port.ts'
import type { Transaction } from '../../../../schemas/types.ts'
import { canonical, protect } from '../../core/canonical.ts'
import type { ProtectedParty } from '../../core/canonical.ts'
import type { ClearTransaction } from '../../core/transaction.ts'

/** Parties remembered with their pseudonyms and seal, per half of the cache: the same ones recur. */
const rememberedParties = 16_384

/** Builds the function that makes a transaction fit to leave ingestion: `canonical`, with the parties of late remembered. */
export function canonicaliser(vault: IdentityVault): (clear: ClearTransaction) => Transaction {
  const parties = new RecentCache<ProtectedParty>(rememberedParties)
  const known = (party: ClearIdentity): ProtectedParty => {
    const { account, id, name } = party
    // Lengths in front keep the parts apart whatever they hold; joining makes a string of its own, so that no chunk of a file is kept alive.
    const key = `${account.length}:${id.length}:${account}${id}${name}`
    return parties.get(key, () => protect(party, vault))
  }
  return (clear) => canonical(clear, vault, known)
}
