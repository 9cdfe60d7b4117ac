/** For tests: throwing in `before` is a commit that failed, throwing in `after` one whose answer was lost. */
export interface CommitFaults {
  readonly before?: () => void
  readonly after?: () => void
}
