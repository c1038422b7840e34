import { useTranslation } from 'react-i18next'
import { pathOutcomeText, pathPreviewTexts } from '../../i18n/configurationText.ts'
import { serverErrorText } from '../../i18n/errorText.ts'
import { settingChangeText } from '../../shared/configurationLevels.ts'
import type { PathEdit, PathPreview, SettingLine } from '../../shared/pathEdits.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { Mark, type MarkKind } from '../ui/Mark.tsx'

/** Lines that are shown of a change of many settings. */
const mostLines = 30

/** Settings with what they were and are, one a line. */
export function SettingLines({ lines }: { readonly lines: readonly SettingLine[] }) {
  const { t } = useTranslation()
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

/** What a change would do. */
export function PathPreviewView({ path, preview }: { readonly path: string; readonly preview: PathPreview }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const { lines, interrupts } = preview
  const [first = '', ...others] = pathPreviewTexts(preview, language)
  const isHard = interrupts === 'streams' && (preview.streams !== 0 || preview.readers !== 0)
  return (
    <div className="flex flex-col gap-3">
      <div className="rounded border border-line px-2.5 py-2">
        {lines.length === 0 ? <p className="text-muted">{t('pathEdits.noLines', { path })}</p> : <SettingLines lines={lines} />}
      </div>
      <p className={isHard ? 'font-medium text-major' : ''}>{first}</p>
      {others.map((sentence) => (
        <p key={sentence} className="text-muted">
          {sentence}
        </p>
      ))}
    </div>
  )
}

export const markOfOutcome = { applied: 'ok', partly: 'warning', refused: 'critical', unknown: 'unknown' } as const satisfies Record<
  PathEdit['outcome'],
  MarkKind
>

/** What came of a change. */
export function PathOutcomeView({ edit }: { readonly edit: PathEdit }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const { outcome, error, notTaken, notVerified } = edit
  const words = error && serverErrorText(error, language)
  return (
    <div role="status" className="flex flex-col gap-2">
      <p className="flex items-baseline gap-2 text-lg">
        <Mark kind={markOfOutcome[outcome]} className="flex-none" /> {pathOutcomeText(outcome, language)}
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
      {notVerified.length > 0 && <p className="text-muted">{t('pathEdits.notVerified', { settings: notVerified.join(', ') })}</p>}
    </div>
  )
}
