import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { toolProblemText } from '../../i18n/pictureText.ts'
import type { PictureTools } from '../../shared/previews.ts'
import { client, orpc } from '../app/client.ts'
import { Loaded } from '../app/Loaded.tsx'
import { useLanguage } from '../app/useLanguage.ts'
import { Button } from '../ui/Button.tsx'
import { Facts } from '../ui/Facts.tsx'
import { TextField } from '../ui/Field.tsx'
import { Mark } from '../ui/Mark.tsx'
import { Panel } from '../ui/Panel.tsx'
import { SnapshotSettings } from './SnapshotSettings.tsx'
import { useSetting } from './useSetting.ts'

/** Snapshots; the tools that make them and stills, and the ffmpeg to use if the console brings none. */
export function PictureSettings() {
  const { t } = useTranslation()
  const query = useQuery(orpc.previews.tools.queryOptions())
  return (
    <div className="flex flex-col gap-3">
      <SnapshotSettings />
      <Panel title={t('settings.sections.pictures')}>
        <Loaded query={query} rows={3}>
          {(tools) => <Tools tools={tools} />}
        </Loaded>
      </Panel>
    </div>
  )
}

function Tools({ tools }: { readonly tools: PictureTools }) {
  const { t } = useTranslation()
  const { uses, ffmpeg, sandbox } = tools
  return (
    <div className="flex flex-col gap-4">
      <Facts
        rows={[
          [
            t('settings.pictures.uses'),
            <>
              <Mark kind={uses === null ? 'major' : 'ok'} size={11} /> {t(`settings.pictures.use.${uses ?? 'nothing'}`)}
            </>,
          ],
          [
            t('settings.pictures.use.ffmpeg'),
            ffmpeg === null ? t('settings.pictures.noFfmpeg') : `${ffmpeg.path} · ${ffmpeg.version}`,
            <Evaluated key="judged" tools={tools} />,
          ],
          ...(sandbox === null
            ? []
            : [
                [
                  t('settings.pictures.sandbox'),
                  <>
                    <Mark kind={sandbox === 'bwrap' ? 'ok' : 'minor'} size={11} />{' '}
                    {t(`settings.pictures.sandboxed.${sandbox === 'otherSystem' ? 'refused' : sandbox}`)}
                  </>,
                ] as const,
              ]),
        ]}
      />
      <NameFfmpeg tools={tools} />
    </div>
  )
}

/** Says what the ffmpeg lacks, or how to install one. */
function Evaluated({ tools: { uses, ffmpeg, problem: why, install } }: { readonly tools: PictureTools }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const problem = why === null ? '' : toolProblemText(why, language)
  if (ffmpeg === null && uses !== null) return problem
  if (ffmpeg === null) return install === '' ? problem : t('settings.pictures.install', { command: install, problem })
  return ffmpeg.lacks.length > 0 ? t('settings.pictures.lacks', { list: ffmpeg.lacks.join(', ') }) : null
}

function NameFfmpeg({ tools }: { readonly tools: PictureTools }) {
  const { t } = useTranslation()
  const queryClient = useQueryClient()
  const { entry, enter, failure, isSaving, save } = useSetting<string>()
  return (
    <form
      className="grid max-w-[460px] gap-3"
      onSubmit={(event) => {
        event.preventDefault()
        if (entry !== null) void save(async () => queryClient.setQueryData(orpc.previews.tools.queryKey(), await client.previews.keepFfmpeg({ ffmpeg: entry })))
      }}
    >
      <TextField
        label={t('settings.pictures.path')}
        hint={t('settings.pictures.pathHint')}
        error={failure}
        placeholder={tools.configured || 'PATH'}
        value={entry ?? tools.named}
        onChange={(event) => enter(event.target.value)}
      />
      <div>
        <Button type="submit" look="primary" disabled={entry === null || isSaving}>
          {t(isSaving ? 'common.testing' : 'common.save')}
        </Button>
      </div>
    </form>
  )
}
