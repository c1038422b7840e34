import type { ReactNode } from 'react'
import { pathOutcomeText } from '../../i18n/configurationText.ts'
import { serverErrorText } from '../../i18n/errorText.ts'
import { settingChangeText } from '../../shared/configurationLevels.ts'
import type { PathEdit, SettingLine } from '../../shared/pathEdits.ts'
import { language, t } from '../app/words.ts'
import { Mark, type MarkKind } from '../ui/Mark.tsx'

/** Lines that are shown of a change of many settings. */
const mostLines = 30

/** Settings of a path with what they were and are, one a line. */
export function SettingLines({ lines }: { readonly lines: readonly SettingLine[] }) {
  return (
    <ul className="flex flex-col font-mono text-sm">
      {lines.slice(0, mostLines).map(({ setting, before, after }) => (
        <li key={setting} className="[overflow-wrap:anywhere]">
          {settingChangeText(setting, before, after)}
        </li>
      ))}
      {lines.length > mostLines && <li className="text-muted">{t('common.andCountMore', { count: lines.length - mostLines })}</li>}
    </ul>
  )
}

const marks: Readonly<Record<PathEdit['outcome'], MarkKind>> = { applied: 'ok', partly: 'warning', refused: 'critical', unknown: 'unknown' }

interface PathOutcomeProps {
  readonly edit: PathEdit
  /** What else is to be done. */
  readonly children?: ReactNode
}
/** In a dialog: what came of a change of a path on its server. */
export function PathOutcome({ edit: { outcome, error, notTaken }, children }: PathOutcomeProps) {
  const words = error && serverErrorText(error, language)
  return (
    <div role="status" className="flex flex-col gap-2">
      <p className="flex items-baseline gap-2 text-lg">
        <Mark kind={marks[outcome]} className="flex-none" /> {pathOutcomeText(outcome, language)}
      </p>
      {words !== null && (
        <p className="break-words text-major">
          {words.what} {words.todo}
        </p>
      )}
      {notTaken.length > 0 && (
        <section>
          <h3 className="font-medium">{t('pathEdits.notTaken')}</h3>
          <SettingLines lines={notTaken} />
        </section>
      )}
      {children}
    </div>
  )
}
