/** `weir topics`: what topics there should be, making them so, and who may do what with them. */
import type { Config } from '../../platform/config/config.ts'
import { loadConfig } from '../../platform/config/config.ts'
import { withKafkaAdmin } from '../../platform/log/kafka/admin.ts'
import { kafkaConnection, replicationOf } from '../../platform/log/kafka/connection.ts'
import { createAcls, kafkaAclsScript, missingAcls } from '../../platform/log/kafka/topics/acls.ts'
import type { AclAdmin } from '../../platform/log/kafka/topics/acls.ts'
import { applyTopics, planAtBroker } from '../../platform/log/kafka/topics/apply.ts'
import type { TopicAdmin } from '../../platform/log/kafka/topics/apply.ts'
import type { WantedTopic } from '../../platform/log/kafka/topics/plan.ts'
import { wantedTopic } from '../../platform/log/kafka/topics/plan.ts'
import { allTopics } from '../topics/access.ts'
import { accessList } from '../topics/acls.ts'
import { aclText, planCounts, planJson, planText } from '../topics/render.ts'
import type { Plan } from '../topics/render.ts'
import { registerSchemas } from '../topics/schemas.ts'
import { exitCodes, printJson, say } from '../terminal.ts'

interface JsonOption {
  readonly json?: boolean
}

/** Options of `weir topics apply`. */
export interface TopicsApplyOptions extends JsonOption {
  readonly acls?: boolean
}

/** Options of `weir topics acls`. */
export interface TopicsAclsOptions extends JsonOption {
  readonly format: string
}

function wantedTopics(config: Config): readonly WantedTopic[] {
  const layout = { prefix: config.topicPrefix, replication: replicationOf(config) }
  return allTopics(config.kafkaPartitions).map(({ topic, alignedWith }) =>
    wantedTopic(topic, layout, alignedWith),
  )
}

function withAdmin<T>(config: Config, work: (admin: TopicAdmin & AclAdmin) => Promise<T>): Promise<T> {
  return withKafkaAdmin(kafkaConnection(config, 'weir-topics'), work)
}

async function planOf(config: Config, admin: TopicAdmin): Promise<Plan> {
  const topics = await planAtBroker(admin, wantedTopics(config))
  const schemas = await registerSchemas(config, true)
  const isRefused = topics.some(({ action }) => action === 'refuse') || schemas?.refusal !== undefined
  return { topics, isRefused, ...(schemas && { schemas }) }
}

/** Says what `apply` would do; changes nothing. Exit code 3 when something would be refused. */
export async function topicsPlan(options: JsonOption): Promise<void> {
  const config = loadConfig(process.env)
  const plan = await withAdmin(config, (admin) => planOf(config, admin))
  if (options.json === true) printJson(planJson(plan))
  else process.stdout.write(planText(plan))
  if (plan.isRefused) process.exitCode = exitCodes.validation
}

/** Creates, alters and registers; with `acls` also gives the permissions that are missing. @returns how many those were */
async function carryOut(
  config: Config,
  admin: TopicAdmin & AclAdmin,
  plan: Plan,
  acls: boolean,
): Promise<number> {
  // Looked up first: who may not do that should hear it before anything is changed.
  const missing = acls ? await missingAcls(admin, accessList(config.topicPrefix)) : []
  await applyTopics(admin, plan.topics)
  if (plan.schemas !== undefined) await registerSchemas(config, false)
  await createAcls(admin, missing)
  return missing.length
}

/**
 * Creates and alters topics and registers schemas so that all is as it should be; deletes and shrinks nothing. When something is
 * refused, nothing is done at all, and the exit code is 3.
 */
export async function topicsApply({ acls = false, json = false }: TopicsApplyOptions): Promise<void> {
  const config = loadConfig(process.env)
  const { plan, given } = await withAdmin(config, async (admin) => {
    const found = await planOf(config, admin)
    return { plan: found, given: found.isRefused ? 0 : await carryOut(config, admin, found, acls) }
  })
  const isApplied = !plan.isRefused
  if (json) printJson({ applied: isApplied, ...planJson(plan), acls_created: given })
  else process.stdout.write(planText(plan))
  if (isApplied) {
    const { create, alter } = planCounts(plan.topics)
    const permissions = acls ? `，授权 ${given} 项` : ''
    const permissionsInEnglish = acls ? `, ${given} permissions given` : ''
    say(`已新建 ${create} 个、修改 ${alter} 个主题${permissions}`)
    say(`${create} topics created, ${alter} altered${permissionsInEnglish}`)
  } else {
    say('有被拒绝的项，未作任何更改 / something is refused, so nothing was changed: mend it first')
    process.exitCode = exitCodes.validation
  }
}

/** Prints what each user may do: as commands for Kafka's own tool, as a table, or as JSON. Asks no broker. */
export function topicsAcls({ format, json = false }: TopicsAclsOptions): void {
  const config = loadConfig(process.env)
  const acls = accessList(config.topicPrefix)
  if (json) printJson(acls)
  else if (format === 'table') process.stdout.write(aclText(acls))
  else process.stdout.write(kafkaAclsScript(acls, config.kafkaBrokers?.join(',') ?? 'BROKER:9092'))
}
