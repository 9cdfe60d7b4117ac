/** Certificates for tests: an authority of one's own, and what it signs. Written out here, so that no tool has to be there. */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { isIPv4 } from 'node:net'

/** A certificate and its key, as PEM text. */
export interface Certificate {
  readonly certificate: string
  /** PKCS #8, not encrypted. */
  readonly key: string
}

/** Signs certificates that who trusts `certificate` believes. */
export interface Authority extends Certificate {
  /** A certificate for these host names and IPv4 addresses. */
  issue(name: string, hosts: readonly string[]): Certificate
}

const tags = { integer: 2, bits: 3, octets: 4, object: 6, text: 12, time: 24, sequence: 48, set: 49 } as const
const ecdsaWithSha256 = '2a8648ce3d040302'
const commonName = '550403'
const basicConstraints = '551d13'
const subjectAltName = '551d11'
const day = 86_400_000

function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

const hex = (text: string): Buffer => Buffer.from(text, 'hex')
const object = (oid: string): Buffer => der(tags.object, hex(oid))
const bits = (bytes: Buffer): Buffer => der(tags.bits, Buffer.from([0]), bytes)
const algorithm = der(tags.sequence, object(ecdsaWithSha256))

function nameOf(name: string): Buffer {
  const attribute = der(tags.sequence, object(commonName), der(tags.text, Buffer.from(name)))
  return der(tags.sequence, der(tags.set, attribute))
}

function time(at: number): Buffer {
  const text = `${new Date(at).toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z`
  return der(tags.time, Buffer.from(text))
}

function extension(oid: string, value: Buffer): Buffer {
  return der(tags.sequence, object(oid), der(tags.octets, value))
}

function hostOf(host: string): Buffer {
  return isIPv4(host) ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host))
}

interface Subject {
  readonly name: string
  readonly publicKey: KeyObject
  readonly extension: Buffer
}

function signed(subject: Subject, issuer: string, issuerKey: KeyObject): string {
  const now = Date.now()
  const body = der(
    tags.sequence,
    der(0xa0, der(tags.integer, Buffer.from([2]))),
    der(tags.integer, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    nameOf(issuer),
    der(tags.sequence, time(now - day), time(now + 30 * day)),
    nameOf(subject.name),
    subject.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(tags.sequence, subject.extension)),
  )
  const certificate = der(tags.sequence, body, algorithm, bits(sign('sha256', body, issuerKey)))
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

const newKeys = (): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' })

const pemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString()

/** A new authority that nobody trusts yet. */
export function newAuthority(name = 'Weir test authority'): Authority {
  const { publicKey, privateKey } = newKeys()
  const isAuthority = extension(basicConstraints, der(tags.sequence, hex('0101ff')))
  return {
    certificate: signed({ name, publicKey, extension: isAuthority }, name, privateKey),
    key: pemOf(privateKey),
    issue: (subject, hosts) => {
      const keys = newKeys()
      const names = extension(subjectAltName, der(tags.sequence, ...hosts.map(hostOf)))
      const issued = { name: subject, publicKey: keys.publicKey, extension: names }
      return { certificate: signed(issued, name, privateKey), key: pemOf(keys.privateKey) }
    },
  }
}
