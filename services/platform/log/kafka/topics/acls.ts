/** Access lists of a broker: what a user is allowed, as kafka-acls.sh takes it, and as the broker has it. Only ever added to. */
import { LogError } from '../../port.ts'
import { logErrorOf, typeOf } from '../errors.ts'
import type { AclEntry, Admin } from '../kafkajs/door.ts'
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ResourcePatternTypes,
} from '../kafkajs/door.ts'

const resourceTypes = {
  topic: AclResourceTypes.TOPIC,
  group: AclResourceTypes.GROUP,
  transactional_id: AclResourceTypes.TRANSACTIONAL_ID,
} as const
const patternTypes = {
  literal: ResourcePatternTypes.LITERAL,
  prefixed: ResourcePatternTypes.PREFIXED,
} as const
const operations = {
  read: AclOperationTypes.READ,
  write: AclOperationTypes.WRITE,
  create: AclOperationTypes.CREATE,
  describe: AclOperationTypes.DESCRIBE,
  alter_configs: AclOperationTypes.ALTER_CONFIGS,
} as const

/** One permission: a user may do something with a resource, from any host. */
export interface Acl {
  /** Name at the broker, without `User:`. */
  readonly user: string
  readonly resource: keyof typeof resourceTypes
  /** `prefixed`: all resources whose name begins with `name`. */
  readonly pattern: keyof typeof patternTypes
  readonly name: string
  readonly operation: keyof typeof operations
}

/** The part of kafkajs' admin client that access lists need; connected. */
export type AclAdmin = Pick<Admin, 'describeAcls' | 'createAcls'>

/** The permissions as commands for Kafka's own tool, one line each, to be reviewed and run by whoever looks after the cluster. */
export function kafkaAclsScript(acls: readonly Acl[], bootstrap: string): string {
  const lines = grouped(acls).map(({ acl, operations: several }) => {
    const resource = acl.resource.replace('_', '-')
    const operationFlags = several.map((operation) => `--operation ${pascal(operation)}`).join(' ')
    return `kafka-acls.sh --bootstrap-server ${bootstrap} --command-config admin.properties --add --allow-principal User:${acl.user} ${operationFlags} --${resource} ${acl.name} --resource-pattern-type ${acl.pattern}`
  })
  return `${lines.join('\n')}\n`
}

function pascal(operation: Acl['operation']): string {
  return operation
    .split('_')
    .map((word) => `${word[0]?.toUpperCase() ?? ''}${word.slice(1)}`)
    .join('')
}

interface AclGroup {
  readonly acl: Acl
  readonly operations: Acl['operation'][]
}

/** One entry for each user and resource. */
function grouped(acls: readonly Acl[]): readonly AclGroup[] {
  const groups = new Map<string, AclGroup>()
  for (const acl of acls) {
    const { user, resource, pattern, name, operation } = acl
    const key = [user, resource, pattern, name].join(' ')
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { acl, operations: [operation] })
    else group.operations.push(operation)
  }
  return [...groups.values()]
}

function stored({ user, resource, pattern, name, operation }: Acl): AclEntry {
  return {
    resourceType: resourceTypes[resource],
    resourcePatternType: patternTypes[pattern],
    resourceName: name,
    principal: `User:${user}`,
    host: '*',
    operation: operations[operation],
    permissionType: AclPermissionTypes.ALLOW,
  }
}

function keyOf({ resourceType, resourcePatternType, resourceName, principal, operation }: AclEntry): string {
  return [resourceType, resourcePatternType, resourceName, principal, operation].join(' ')
}

/** What the broker allows already, to anybody, from any host. */
async function existing(admin: AclAdmin): Promise<ReadonlySet<string>> {
  const { resources } = await admin.describeAcls({
    resourceType: AclResourceTypes.ANY,
    resourcePatternType: ResourcePatternTypes.ANY,
    operation: AclOperationTypes.ANY,
    permissionType: AclPermissionTypes.ANY,
  })
  return new Set(
    resources.flatMap(({ acls, ...resource }) =>
      acls
        .filter(({ permissionType, host }) => permissionType === AclPermissionTypes.ALLOW && host === '*')
        .map((acl) => keyOf({ ...resource, ...acl })),
    ),
  )
}

/**
 * Those of the permissions that the broker does not give yet.
 * @throws LogError `unavailable` when the broker controls no access, or the user may not look
 */
export async function missingAcls(admin: AclAdmin, acls: readonly Acl[]): Promise<readonly Acl[]> {
  try {
    const given = await existing(admin)
    return acls.filter((acl) => !given.has(keyOf(stored(acl))))
  } catch (error) {
    throw aclProblem(error)
  }
}

/** Gives permissions; giving one twice changes nothing. @throws LogError `unavailable` */
export async function createAcls(admin: AclAdmin, acls: readonly Acl[]): Promise<void> {
  if (acls.length === 0) return
  try {
    await admin.createAcls({ acl: acls.map(stored) })
  } catch (error) {
    throw aclProblem(error)
  }
}

function aclProblem(error: unknown): unknown {
  const cause = { cause: error }
  const type = typeOf(error)
  if (type === 'SECURITY_DISABLED') {
    const message =
      'the broker controls no access, so nobody can be allowed anything: set authorizer.class.name (and super.users) in its configuration'
    return new LogError('unavailable', message, cause)
  }
  if (type === 'CLUSTER_AUTHORIZATION_FAILED') {
    const message =
      'this user may not see or change access lists: use a user of super.users, or give the output of weir topics acls --format kafka-acls to one'
    return new LogError('unavailable', message, cause)
  }
  return logErrorOf(error, 'access list')
}
