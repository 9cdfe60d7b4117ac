/**
 * The register of exemptions on the log. A grant or revocation is one atomic write: the record in the register, and the control in the
 * partition of the subject, by which the fold goes. Whoever decides takes the publisher over first, which fences everybody else, and
 * then reads the register to its end; repeating a request, also from several processes at once, changes nothing.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { codecs } from '../../../schemas/codec.ts'
import { topics } from '../../../schemas/topics.ts'
import type { ExemptionRecord } from '../../../schemas/types.ts'
import { partitionOf } from '../../platform/log/partitioner.ts'
import type { Log, NewRecord } from '../../platform/log/port.ts'
import { LogError } from '../../platform/log/port.ts'
import { controlOf } from '../core/control.ts'
import type {
  ExemptionDecision,
  ExemptionRegister,
  ExemptionRequest,
  RevocationRequest,
} from '../core/exemptions/register.ts'
import { decideGrant, decideRevocation } from '../core/exemptions/register.ts'
import { canonicalJson } from '../core/rules/rule-file.ts'
import { controlRecord, headersOf } from './records.ts'
import { rulesInForce } from './rules-in-force.ts'

const triesMax = 10
const pauseMs = 50

/** Every exemption ever granted, as it stands, in order of granting. @throws LogError */
export async function readExemptions(log: Log): Promise<readonly ExemptionRecord[]> {
  await log.ensureTopics([topics.exemptions])
  const found = new Map<string, ExemptionRecord>()
  const [bounds] = await log.offsets(topics.exemptions)
  for await (const { value } of log.read(topics.exemptions, 0, bounds?.first ?? 0)) {
    if (value === null) continue
    const exemption = codecs.exemption.decode(value)
    found.set(exemption.exemption_id, exemption)
  }
  return [...found.values()].toSorted((a, b) => a.granted_at - b.granted_at)
}

/** Grants an exemption. @param now milliseconds since 1970 @throws LogError when the log refuses for longer than a moment */
export function grantExemption(log: Log, request: ExemptionRequest, now: number): Promise<ExemptionDecision> {
  return decided(log, (register) => decideGrant(register, request, now))
}

/** Ends an exemption. @param now milliseconds since 1970 @throws LogError when the log refuses for longer than a moment */
export function revokeExemption(
  log: Log,
  request: RevocationRequest,
  now: number,
): Promise<ExemptionDecision> {
  return decided(log, (register) => decideRevocation(register, request, now))
}

async function decided(
  log: Log,
  decide: (register: ExemptionRegister) => ExemptionDecision,
): Promise<ExemptionDecision> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await tryToDecide(log, decide)
    } catch (error) {
      const mayPass =
        error instanceof LogError &&
        (error.code === 'fenced' || error.code === 'position_behind' || error.retriable)
      if (!mayPass || tries === triesMax) throw error
      await pause(pauseMs * tries * Math.random())
    }
  }
}

async function tryToDecide(
  log: Log,
  decide: (register: ExemptionRegister) => ExemptionDecision,
): Promise<ExemptionDecision> {
  await log.ensureTopics([topics.flows, topics.exemptions])
  const publisher = await log.publisher('warn-exemptions')
  try {
    const position = (await publisher.position()) + 1
    const known = await readExemptions(log)
    const exemptions = new Map(known.map((one) => [one.exemption_id, one]))
    const decision = decide({ exemptions, exemptible: await exemptibleRules(log) })
    if (decision.kind !== 'granted' && decision.kind !== 'revoked') return decision
    const partitions = (await log.offsets(topics.flows)).length
    await publisher.publish(recordsOf(decision.kind, decision.exemption, partitions), position)
    return decision
  } finally {
    await publisher.close()
  }
}

/** What the fold is told, and what people look up. */
function recordsOf(kind: 'granted' | 'revoked', exemption: ExemptionRecord, partitions: number): NewRecord[] {
  const { exemption_id: id, subject_id, valid_until } = exemption
  const { kind: what, counterparty_id, rule_ids, valid_from, approver } = exemption
  const grant = {
    exemption_id: id,
    kind: what,
    subject_id,
    counterparty_id,
    rule_ids,
    valid_from,
    valid_until,
    approver,
  }
  const end = { exemption_id: id, subject_id, valid_until }
  const at = kind === 'granted' ? exemption.granted_at : exemption.revoked_at
  const control = controlOf(kind === 'granted' ? 'exemption_granted' : 'exemption_revoked', {
    control_id: `exemption/${id}/${kind}/${valid_until}`,
    issued_at: at,
    content: canonicalJson(kind === 'granted' ? grant : end),
  })
  const record: NewRecord = {
    topic: topics.exemptions,
    key: id,
    value: codecs.exemption.encode(exemption),
    headers: headersOf(`${id}/${kind}/${valid_until}`, 'weir.exemption.v1', at, ''),
    timestamp: at,
  }
  return [controlRecord(control, partitionOf(subject_id, partitions)), record]
}

/** Rules of the set in force, or else of the shipped one, that have a level to be exempted from. */
async function exemptibleRules(log: Log): Promise<readonly string[]> {
  const file = await rulesInForce(log)
  return file.rules
    .filter(({ levels }) => levels.some(({ exemptible }) => exemptible === true))
    .map(({ id }) => id)
}
