/**
 * Membership of a group: which partitions of one topic are this process's. Runs beside the readers, so that a long batch
 * never costs the membership; what protects the log from members that only believe they are one is the fence of each task.
 *
 * Modes: joining, member (heartbeats), leaving. kafkajs' group class speaks the protocol; it has no callback for lost
 * partitions, no static members and only one way of sharing out, which is why this loop and assigner.ts are ours.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { MemberClaim } from './assigner.ts'
import { shareOut } from './assigner.ts'
import { logErrorOf, typeOf } from './errors.ts'
import { Farewell } from './farewell.ts'
import { internals } from './kafkajs/door.ts'
import type {
  ConnectionOptions,
  GroupAssigner,
  GroupMember,
  WireCluster,
  WireGroup,
} from './kafkajs/internals.ts'
import type { RestartPolicy } from '../restart.ts'
import { isLasting, restartDelayMs } from '../restart.ts'
import { openCluster, quiet } from './wire/client.ts'

/** How long silence may last. */
export interface MembershipTimes {
  /** A member that is silent this long is taken for dead. Default 10 s. */
  readonly sessionMs: number
  /** How often a member says that it lives, and at the latest hears of a change. Default 1 s. */
  readonly heartbeatMs: number
  /** How long a change waits for members to join again. Default 20 s. */
  readonly rebalanceMs: number
}

/** The defaults. */
export const membershipDefaults: MembershipTimes = {
  sessionMs: 10_000,
  heartbeatMs: 1_000,
  rebalanceMs: 20_000,
}

/** What membership needs to know. */
export interface MembershipParts {
  readonly connection: ConnectionOptions
  readonly times: MembershipTimes
  /** Name of the group at the broker. */
  readonly groupId: string
  /** Name of the topic at the broker. */
  readonly topic: string
  readonly partitions: readonly number[]
  readonly policy: RestartPolicy
  /** Partitions whose state lies here. */
  readonly warm: () => readonly number[]
  /** Where members of this machine leave their traces. */
  readonly membersDirectory: string
  /** Told after every joining, also when nothing changed. Partitions left out are somebody else's from now on. */
  readonly assigned: (partitions: readonly number[]) => void
  /** Told what goes wrong while it is tried again. */
  readonly failing: (error: unknown) => void
  /** For tests: heartbeats are not sent while it says so, as if the process stood still. */
  readonly isStalled?: () => boolean
}

const assignerName = 'weir-sticky'
const assignerVersion = 1

interface ClaimData {
  readonly owned: readonly number[]
  readonly generation: number
  readonly warm: readonly number[]
}

/** One member. */
export class Membership {
  private readonly parts: MembershipParts
  private readonly cluster: WireCluster
  private readonly group: WireGroup
  private readonly farewell: Farewell
  private owned: readonly number[] = []
  /** Resolvers of those who want to know that this is still a member. */
  private waiting: (() => void)[] = []
  private wake = new AbortController()

  constructor(parts: MembershipParts) {
    this.parts = parts
    this.cluster = openCluster(parts.connection)
    this.farewell = new Farewell(parts.membersDirectory, randomUUID())
    this.group = new internals.ConsumerGroup({
      logger: quiet,
      topics: [parts.topic],
      topicConfigurations: { [parts.topic]: { fromBeginning: true } },
      retry: { initialRetryTime: 20, retries: 8, maxRetryTime: 1_000 },
      cluster: this.cluster,
      groupId: parts.groupId,
      assigners: [this.assigner()],
      sessionTimeout: parts.times.sessionMs,
      rebalanceTimeout: parts.times.rebalanceMs,
      maxBytesPerPartition: 0,
      minBytes: 1,
      maxBytes: 0,
      maxWaitTimeInMs: 0,
      instrumentationEmitter: new internals.InstrumentationEventEmitter(),
      isolationLevel: 1,
      rackId: '',
      metadataMaxAge: 300_000,
      autoCommit: false,
    })
  }

  /** Joins and stays until the signal aborts, then leaves. @throws LogError a lasting one */
  async run(signal: AbortSignal): Promise<void> {
    let failures = 0
    while (!signal.aborted) {
      try {
        await this.join(signal)
        failures = 0
        await this.stay(signal)
      } catch (error) {
        failures += 1
        const failure = logErrorOf(error, `group ${this.parts.groupId}`)
        this.parts.failing(failure)
        if (isLasting(failure)) throw failure
        await this.parts.policy.sleep(restartDelayMs(failures, this.parts.policy), signal)
      }
    }
  }

  /** Says good-bye, so that others need not wait for the silence to be noticed. */
  async leave(): Promise<void> {
    if (this.parts.isStalled?.() !== true) await this.group.leave().catch(() => undefined)
    this.farewell.left()
    await this.cluster.disconnect().catch(() => undefined)
  }

  /** Resolves once the group has confirmed this member after the call, so that what it was assigned is what it has. */
  async confirmed(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.waiting.push(resolve)
    const stop = (): void => resolve()
    signal.addEventListener('abort', stop, { once: true })
    this.wake.abort()
    await promise
    signal.removeEventListener('abort', stop)
  }

  /** Tells the broker how far the readers are: only for people who look at the group's lag. @param positions by partition */
  async show(positions: ReadonlyMap<number, number>): Promise<void> {
    const { generationId, memberId, coordinator } = this.group
    if (generationId === null || memberId === null || coordinator === null || positions.size === 0) return
    const partitions = [...positions].map(([partition, offset]) => ({ partition, offset: String(offset) }))
    await coordinator
      .offsetCommit({
        groupId: this.parts.groupId,
        groupGenerationId: generationId,
        memberId,
        topics: [{ topic: this.parts.topic, partitions }],
      })
      .catch(() => undefined)
  }

  private async join(signal: AbortSignal): Promise<void> {
    if (this.parts.isStalled?.() === true) {
      await delay(this.parts.times.heartbeatMs, undefined, { signal }).catch(() => undefined)
      return
    }
    if (!this.cluster.isConnected()) await this.cluster.connect()
    await this.cluster.addMultipleTargetTopics([this.parts.topic])
    await this.dismissKilled()
    await this.group.joinAndSync()
    if (this.group.memberId !== null) this.farewell.joined(this.group.memberId)
    this.owned = this.group.assigned().find(({ topic }) => topic === this.parts.topic)?.partitions ?? []
    this.parts.assigned(this.owned)
    this.settle()
  }

  /** Members that were killed on this machine are not waited for. */
  private async dismissKilled(): Promise<void> {
    const { groupId } = this.parts
    for (const memberId of this.farewell.gone()) {
      const coordinator = await this.cluster.findGroupCoordinator({ groupId })
      // It may be gone already, or never have joined.
      await coordinator.leaveGroup({ groupId, memberId }).catch(() => undefined)
    }
  }

  private async stay(signal: AbortSignal): Promise<void> {
    for (await this.pause(signal); !signal.aborted; await this.pause(signal)) {
      if (this.parts.isStalled?.() === true) continue
      try {
        await this.group.heartbeat({ interval: 0 })
        this.settle()
      } catch (error) {
        if (isChange(error)) return
        throw error
      }
    }
  }

  /** Until the next heartbeat, or until somebody waits for one. */
  private async pause(signal: AbortSignal): Promise<void> {
    this.wake = new AbortController()
    if (this.waiting.length > 0) return
    const until = AbortSignal.any([signal, this.wake.signal])
    await delay(this.parts.times.heartbeatMs, undefined, { signal: until }).catch(() => undefined)
  }

  private settle(): void {
    const { waiting } = this
    this.waiting = []
    for (const resolve of waiting) resolve()
  }

  private assigner(): GroupAssigner {
    const { MemberMetadata, MemberAssignment } = internals.AssignerProtocol
    return {
      name: assignerName,
      version: assignerVersion,
      protocol: ({ topics }) => {
        const claim: ClaimData = {
          owned: this.owned,
          generation: this.group.generationId ?? -1,
          warm: this.parts.warm(),
        }
        const userData = Buffer.from(JSON.stringify(claim))
        return { name: assignerName, metadata: MemberMetadata.encode({ version: 1, topics, userData }) }
      },
      assign: async ({ members }) =>
        [...shareOut(members.map(claimOf), this.parts.partitions)].map(([memberId, partitions]) => ({
          memberId,
          memberAssignment: MemberAssignment.encode({
            version: 1,
            assignment: { [this.parts.topic]: partitions },
            userData: Buffer.alloc(0),
          }),
        })),
    }
  }
}

function claimOf({ memberId, memberMetadata }: GroupMember): MemberClaim {
  const { userData } = internals.AssignerProtocol.MemberMetadata.decode(memberMetadata)
  const text = userData?.toString('utf8') ?? ''
  if (text === '') return { memberId, owned: [], generation: -1, warm: [] }
  return { memberId, ...(JSON.parse(text) as ClaimData) }
}

const changeTypes = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'NOT_COORDINATOR_FOR_GROUP',
  'MEMBER_ID_REQUIRED',
])

/** Whether the group has changed, or forgotten this member: it joins again. */
function isChange(error: unknown): boolean {
  return changeTypes.has(typeOf(error))
}
