/** What each user may do at the broker, derived from the table of who reads and writes what: nothing beyond that. */
import type { TopicSpec } from '../../../schemas/topics.ts'
import { topics } from '../../../schemas/topics.ts'
import type { Acl } from '../../platform/log/kafka/topics/acls.ts'
import {
  groupTopics,
  kafkaGroup,
  publishersTopic,
  publisherTransactionalId,
  taskTransactionalIds,
} from '../../platform/log/kafka/topics/internal.ts'
import { storedTopicName } from '../../platform/log/names.ts'
import type { Access, PublisherAccess, TaskAccess } from './access.ts'
import { services } from './access.ts'

/** Builds the entries of one user. */
class Entries {
  readonly acls: Acl[] = []
  private readonly user: string
  private readonly prefix: string

  constructor(user: string, prefix: string) {
    this.user = user
    this.prefix = prefix
  }

  topic(topic: TopicSpec, ...operations: readonly Acl['operation'][]): void {
    const name = storedTopicName(topic, this.prefix)
    for (const operation of operations) this.add({ resource: 'topic', pattern: 'literal', name, operation })
  }

  reader(group: string, topic: TopicSpec): void {
    const name = kafkaGroup(this.prefix, group, topic)
    this.add({ resource: 'group', pattern: 'literal', name, operation: 'read' })
    this.topic(topic, 'read')
  }

  task({ group, reads, writes }: TaskAccess): void {
    this.reader(group, reads)
    const name = taskTransactionalIds(this.prefix, group)
    this.add({ resource: 'transactional_id', pattern: 'prefixed', name, operation: 'write' })
    for (const topic of Object.values(groupTopics(group, reads)))
      this.topic(topic as TopicSpec, 'read', 'write')
    for (const topic of writes) this.topic(topic, 'write')
  }

  publisher({ name, writes }: PublisherAccess): void {
    this.add({
      resource: 'transactional_id',
      pattern: name.endsWith(':') ? 'prefixed' : 'literal',
      name: publisherTransactionalId(this.prefix, name),
      operation: 'write',
    })
    this.topic(publishersTopic, 'read', 'write')
    for (const topic of writes) this.topic(topic, 'write')
  }

  add(entry: Omit<Acl, 'user'>): void {
    const { user } = this
    const isThere = this.acls.some((acl) => JSON.stringify(acl) === JSON.stringify({ user, ...entry }))
    if (!isThere) this.acls.push({ user, ...entry })
  }
}

function entriesOf(access: Access, prefix: string): readonly Acl[] {
  const entries = new Entries(access.user, prefix)
  for (const task of access.tasks ?? []) entries.task(task)
  for (const { group, reads } of access.follows ?? []) entries.reader(group, reads)
  for (const publisher of access.publishers ?? []) entries.publisher(publisher)
  for (const topic of access.reads ?? []) entries.topic(topic, 'read')
  return entries.acls
}

/** Users of systems outside Weir, as examples: each keeps its groups below its own name. */
export const outsideUsers = { regulator: 'regulator-example', department: 'department-example' } as const

/** A regulator reads everything public; by full names, because dead letters of public topics begin the same way. */
function regulator(user: string, prefix: string): readonly Acl[] {
  const everythingPublic = Object.values<TopicSpec>(topics).filter(({ name }) => name.startsWith('public.'))
  return [
    ...everythingPublic.map((topic): Acl => {
      const name = storedTopicName(topic, prefix)
      return { user, resource: 'topic', pattern: 'literal', name, operation: 'read' }
    }),
    ownGroups(user),
  ]
}

/** A department's system reads dispatches and acknowledges them. */
function department(user: string, prefix: string): readonly Acl[] {
  const dispatches = storedTopicName(topics.dispatches, prefix)
  const acknowledgements = storedTopicName(topics.acknowledgements, prefix)
  return [
    { user, resource: 'topic', pattern: 'literal', name: dispatches, operation: 'read' },
    { user, resource: 'topic', pattern: 'literal', name: acknowledgements, operation: 'write' },
    ownGroups(user),
  ]
}

function ownGroups(user: string): Acl {
  return { user, resource: 'group', pattern: 'prefixed', name: `${user}.`, operation: 'read' }
}

/** Makes the topics (`weir topics apply`): may see and change what begins with the prefix, and read nothing of it. */
function topicMaker(user: string, prefix: string): readonly Acl[] {
  // Altering settings includes looking at them.
  const operations = ['create', 'describe', 'alter_configs'] as const
  return operations.map((operation) => ({
    user,
    resource: 'topic',
    pattern: 'prefixed',
    name: `${prefix}.`,
    operation,
  }))
}

/** The whole access list: the services, whoever runs `weir topics` and `weir dlq`, and examples of outside systems. */
export function accessList(prefix: string): readonly Acl[] {
  return [
    ...Object.values<Access>(services).flatMap((access) => entriesOf(access, prefix)),
    ...topicMaker(services.operator.user, prefix),
    ...regulator(outsideUsers.regulator, prefix),
    ...department(outsideUsers.department, prefix),
  ]
}
