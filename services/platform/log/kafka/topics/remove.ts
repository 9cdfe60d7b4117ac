/** Deletes what one prefix has at a broker. For demos and tests; the topics of a running Weir are never deleted by Weir. */
import { setTimeout as delay } from 'node:timers/promises'
import { logErrorOf } from '../errors.ts'
import type { Admin } from '../kafkajs/door.ts'

/** The part of kafkajs' admin client that deleting needs; connected. */
export type RemovalAdmin = Pick<Admin, 'listTopics' | 'deleteTopics' | 'listGroups' | 'deleteGroups'>

const requestTimeoutMs = 30_000
/** What the controller accepted is gone everywhere some tens of milliseconds later. */
const settlingMs = { step: 50, most: 30_000 }

/**
 * Deletes every topic `<prefix>.…` and every group of that name, and waits until the topics are gone.
 * @returns names of the topics deleted
 * @throws LogError
 */
export async function removeTopics(admin: RemovalAdmin, prefix: string): Promise<readonly string[]> {
  const isOwn = (name: string): boolean => name.startsWith(`${prefix}.`)
  try {
    const topics = (await admin.listTopics()).filter(isOwn)
    if (topics.length > 0) await admin.deleteTopics({ topics, timeout: requestTimeoutMs })
    for (let waited = 0; waited < settlingMs.most; waited += settlingMs.step) {
      if (!(await admin.listTopics()).some(isOwn)) break
      await delay(settlingMs.step)
    }
    const { groups } = await admin.listGroups()
    const own = groups.map(({ groupId }) => groupId).filter(isOwn)
    // A group whose members left a moment ago may still be busy; without its topics it is forgotten by itself.
    if (own.length > 0) await admin.deleteGroups(own).catch(() => undefined)
    return topics
  } catch (error) {
    throw logErrorOf(error, `removal of the topics ${prefix}.…`)
  }
}
