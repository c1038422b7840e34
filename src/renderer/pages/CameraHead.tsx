import { CloudUpload, Pencil, Trash2, Undo2 } from 'lucide-react'
import { useState } from 'react'
import { Link, useNavigate } from 'react-router'
import type { Camera } from '../../shared/cameras.ts'
import { ShareButton } from '../accounts/ShareButton.tsx'
import { actThen } from '../app/act.ts'
import { client } from '../app/client.ts'
import { RemoveDialog } from '../app/editing/Removing.tsx'
import { toCameras } from '../app/links.ts'
import { useMoment } from '../app/moment.ts'
import { t } from '../app/words.ts'
import { CameraDialog } from '../cameras/CameraDialogs.tsx'
import { CameraPill } from '../cameras/CameraFacts.tsx'
import { FavouriteButton } from '../cameras/CamerasTable.tsx'
import { PushDialog, WithdrawDialog } from '../cameras/PushDialog.tsx'
import { offerUndo, useCameraRights } from '../cameras/useCameras.ts'
import { Button } from '../ui/Button.tsx'

const act = actThen('cameras')

export function CameraHead({ camera }: { readonly camera: Camera }) {
  const navigate = useNavigate()
  const { moderates, operates } = useCameraRights()
  const past = useMoment() !== null
  const [dialog, setDialog] = useState<'edit' | 'remove' | 'push' | 'withdraw' | null>(null)
  const close = () => setDialog(null)
  const hasAddress = camera.streams.some((one) => 'address' in one)
  const { serverId: server, path } = camera.now
  const remove = async () => {
    if (!(await act(client.cameras.remove({ id: camera.id })))) return
    offerUndo(t('common.removedName', { name: camera.name }))
    void navigate(toCameras)
  }
  return (
    <div className="flex flex-none flex-wrap items-center gap-x-2.5 gap-y-2">
      <h1 className="flex min-w-0 items-baseline gap-2">
        <Link to={toCameras} className="whitespace-nowrap text-muted hover:text-text hover:underline">
          {camera.project || t('pages.cameras')} /
        </Link>
        <b className="min-w-0 truncate font-[650] text-xl">{camera.name}</b>
      </h1>
      <FavouriteButton camera={camera} />
      <CameraPill camera={camera} />
      {!past && (
        <div className="ml-auto flex items-center gap-2">
          {server !== null && path !== null && <ShareButton of={{ server, path }} />}
          {operates && camera.pushed === null && hasAddress && <Button icon={CloudUpload} onClick={() => setDialog('push')} text={t('cameras.push.button')} />}
          {operates && camera.pushed !== null && <Button icon={Undo2} onClick={() => setDialog('withdraw')} text={t('cameras.push.withdraw')} />}
          {moderates && (
            <>
              <Button icon={Pencil} onClick={() => setDialog('edit')} text={t('common.edit')} />
              <Button icon={Trash2} look="danger" onClick={() => setDialog('remove')} text={t('common.remove')} />
            </>
          )}
        </div>
      )}
      {dialog === 'edit' && <CameraDialog edited={camera} onSaved={() => {}} onClose={close} />}
      {dialog === 'push' && <PushDialog camera={camera} onClose={close} />}
      {dialog === 'withdraw' && <WithdrawDialog camera={camera} onClose={close} />}
      {dialog === 'remove' && (
        <RemoveDialog
          title={t('common.removeName', { name: camera.name })}
          description={t('cameras.removeText')}
          onRemove={() => void remove()}
          onClose={close}
        />
      )}
    </div>
  )
}
