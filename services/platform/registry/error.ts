/** The schema registry failed or refused. `retriable` says whether trying again may help. */
export class RegistryError extends Error {
  readonly code: 'unavailable' | 'incompatible' | 'refused' | 'unregistered'
  readonly retriable: boolean
  constructor(code: RegistryError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'RegistryError'
    this.code = code
    this.retriable = code === 'unavailable'
  }
}
