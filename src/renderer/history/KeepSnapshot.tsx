import { useQueryClient } from '@tanstack/react-query'
import { Camera } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { toast } from 'sonner'
import { pictureText } from '../../i18n/pictureText.ts'
import { client, orpc } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { useLanguage } from '../app/useLanguage.ts'
import type { StreamName } from '../fleet/snapshots.ts'
import { Button } from '../ui/Button.tsx'

/** Takes a snapshot of a stream now and keeps it, or says why that is not possible. */
export function KeepSnapshot({ serverId, path }: StreamName) {
  const { t } = useTranslation()
  const language = useLanguage()
  const queryClient = useQueryClient()
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
    <Button look="quiet" disabled={taking} onClick={() => void take()} className="!px-1">
      <Camera size={13} aria-hidden="true" /> {t(taking ? 'snapshot.taking' : 'snapshot.keep')}
    </Button>
  )
}
