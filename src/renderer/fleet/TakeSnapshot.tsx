import { Camera } from 'lucide-react'
import { useState } from 'react'
import { toast } from 'sonner'
import { pictureText } from '../../i18n/pictureText.ts'
import { client, orpc, queryClient } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { language, t } from '../app/words.ts'
import { Button } from '../ui/Button.tsx'
import { May } from './me.tsx'
import type { StreamName } from './snapshots.ts'

interface TakeSnapshotProps extends StreamName {
  readonly look?: 'quiet'
  readonly className: string
}
export function TakeSnapshot({ serverId, path, look, className }: TakeSnapshotProps) {
  const [taking, setTaking] = useState(false)
  const take = async () => {
    setTaking(true)
    try {
      const { picture, why } = await client.snapshots.take({ serverId, path })
      if (picture === null) toast.error(t('common.failedReason', { reason: pictureText(why, language) }))
      else toast(t('common.saved'))
      await queryClient.invalidateQueries({ queryKey: orpc.snapshots.key() })
    } catch (error) {
      toast.error(t('common.failedReason', { reason: failureText(error) }))
    } finally {
      setTaking(false)
    }
  }
  return (
    <May needs="operate">
      <Button
        icon={Camera}
        {...(look && { look })}
        disabled={taking}
        onClick={() => void take()}
        className={className}
        text={t(taking ? 'snapshot.taking' : 'snapshot.keep')}
      />
    </May>
  )
}
