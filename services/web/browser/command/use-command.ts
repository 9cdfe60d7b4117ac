/** Sends commands and tells everything that shows the case to read it again. */
import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { UseMutationResult } from '@tanstack/react-query'
import type { CaseDetail, Command } from '../../../../schemas/http/casework.ts'
import { ApiError, send } from '../api/client.ts'
import { caseKey, readCase } from '../api/queries.ts'
import type { Language } from '../format/money.ts'
import { useWords } from '../i18n/index.ts'

/** The case changed since it was read (409): the person has to look at it again. */
export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.problem.code === 'stale_sequence'
}

/** Why a command was not taken, in words. */
export function useRefusal(): (error: unknown) => string {
  const { t, language } = useWords()
  return (error) => {
    if (!(error instanceof ApiError)) return t('form.unknown')
    if (error.problem.status === 0) return t('form.unreachable')
    return error.problem.detail === '' ? t('form.unknown') : readersSide(error.problem.detail, language)
  }
}

/** Refusals come in both languages, Chinese first: `尚未定级。 The case is not graded yet.` */
export function readersSide(detail: string, language: Language): string {
  const match = /^(.*[。!?\uFF01\uFF1F])\s+([A-Z].*)$/su.exec(detail)
  if (match === null) return detail
  return (language === 'zh' ? match[1] : match[2]) ?? detail
}

/** Sends one command to a case. */
export function useCommand(caseId: string): UseMutationResult<CaseDetail, Error, Command> {
  const client = useQueryClient()
  const { t, code } = useWords()
  return useMutation({
    mutationFn: (command: Command) =>
      send<CaseDetail>('POST', `/api/cases/${encodeURIComponent(caseId)}/commands`, command),
    onSuccess: async (detail, command) => {
      client.setQueryData(caseKey(caseId), detail)
      notifications.show({
        message: t('form.done', { command: code('command', command.type) }),
        color: 'weir',
      })
      await Promise.all(
        ['tasks', 'board', 'promises'].map((key) => client.invalidateQueries({ queryKey: [key] })),
      )
    },
  })
}

/** For lists, which know a case but not its sequence: reads the case, then sends the command that needs no form. */
export function useQuickCommand(): UseMutationResult<
  CaseDetail,
  Error,
  { readonly caseId: string; readonly command: Pick<Command, 'type' | 'dispatch_id'> }
> {
  const client = useQueryClient()
  const { t, code } = useWords()
  const refusal = useRefusal()
  return useMutation({
    mutationFn: async ({ caseId, command }) => {
      const { sequence } = await readCase(caseId)
      const body: Command = { ...command, command_id: crypto.randomUUID(), expected_sequence: sequence }
      return send<CaseDetail>('POST', `/api/cases/${encodeURIComponent(caseId)}/commands`, body)
    },
    onSuccess: async (detail, { caseId, command }) => {
      client.setQueryData(caseKey(caseId), detail)
      notifications.show({
        message: t('form.done', { command: code('command', command.type) }),
        color: 'weir',
      })
      await client.invalidateQueries({ queryKey: ['tasks'] })
    },
    onError: (error) => {
      notifications.show({ title: t('form.failed'), message: refusal(error), color: 'red' })
    },
  })
}
