import { isDefinedError } from '@orpc/client'
import type { ReactNode } from 'react'
import { useNavigate } from 'react-router'
import type { Camera } from '../../shared/cameras.ts'
import { failureText } from '../app/failureText.ts'
import { useKeys } from '../app/keys.ts'
import { PageNotLoaded } from '../app/Loaded.tsx'
import { toCameras } from '../app/links.ts'
import { t } from '../app/words.ts'
import { useCamera } from '../cameras/useCameras.ts'
import { NotFound } from './ofSubject.tsx'

/** Once the camera is read; Escape leads back to the list. */
export function OfCamera({ id, rows, children }: { readonly id: string; readonly rows: number; readonly children: (camera: Camera) => ReactNode }) {
  const navigate = useNavigate()
  const { data: camera, error } = useCamera(id)
  useKeys('page', [{ keys: 'Escape', words: t('cameras.backKey'), run: () => void navigate(toCameras) }])
  if (camera !== undefined) return children(camera)
  if (isDefinedError(error))
    return (
      <NotFound to={toCameras} toText={t('pages.cameras')}>
        {t('common.notFoundText')}
      </NotFound>
    )
  return <PageNotLoaded failed={error === null ? null : failureText(error)} rows={rows} />
}
