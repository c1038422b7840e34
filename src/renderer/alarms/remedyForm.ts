import { mistakeOf } from '../../shared/mistakes.ts'
import { remedyActs } from '../../shared/remedyActs.ts'
import { type Remedy, remedySchema } from '../../shared/remedyInput.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { type FormField, numberEntered, type Wrong } from '../app/editing/fields.ts'

/** What is typed of a remedy. */
export interface RemedyEntries {
  readonly act: string
  readonly keyFile: string
  readonly afterSeconds: string
  readonly againSeconds: string
  readonly mostAnHour: string
}

/** null: a new one. */
export function remedyEntries(remedy: Remedy | null): RemedyEntries {
  return {
    act: remedy?.act ?? 'kickPublisher',
    keyFile: remedy?.act === 'runCommand' ? remedy.keyFile : '',
    afterSeconds: String(remedy?.afterSeconds ?? 30),
    againSeconds: String(remedy?.againSeconds ?? 600),
    mostAnHour: String(remedy?.mostAnHour ?? 4),
  }
}

export function readRemedy({ act, keyFile, afterSeconds, againSeconds, mostAnHour }: RemedyEntries): Result<Remedy, Wrong> {
  const read = remedySchema.safeParse({
    act,
    ...(act === 'runCommand' && { keyFile: keyFile.trim() }),
    afterSeconds: numberEntered(afterSeconds),
    againSeconds: numberEntered(againSeconds),
    mostAnHour: numberEntered(mostAnHour),
  })
  if (read.success) return ok(read.data)
  return err(Object.fromEntries(read.error.issues.map((issue) => [String(issue.path[0] ?? 'act'), { mistake: mistakeOf(issue) }])))
}

const numeric = { inputMode: 'numeric' } as const
export const remedyFields: readonly FormField<RemedyEntries>[] = [
  { id: 'act', kind: 'choice', label: 'rules.remedy.does', options: remedyActs.map((value) => ({ value, label: `rules.remedy.act.${value}` as const })) },
  {
    id: 'keyFile',
    kind: 'text',
    label: 'rules.remedy.keyFile',
    help: 'rules.remedy.keyFileHint',
    placeholder: '/etc/mtxdeck/restart-encoder.key',
    shown: ({ act }) => act === 'runCommand',
  },
  { id: 'afterSeconds', kind: 'text', label: 'rules.remedy.after', half: true, input: numeric },
  { id: 'againSeconds', kind: 'text', label: 'rules.remedy.again', half: true, input: numeric },
  { id: 'mostAnHour', kind: 'text', label: 'rules.remedy.mostAnHour', half: true, input: numeric },
]
