import { RotateCw } from 'lucide-react'
import { useState } from 'react'
import { toast } from 'sonner'
import type { Server } from '../../shared/servers.ts'
import { client } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { useMoment } from '../app/moment.ts'
import { t } from '../app/words.ts'
import { Button } from '../ui/Button.tsx'
import { useMay } from './me.tsx'

/** Button that polls an unreachable or refusing server at once instead of after its pause. Shows nothing for a healthy server. */
export function TryNow({ server, className = '' }: { readonly server: Pick<Server, 'id' | 'name' | 'state'>; readonly className?: string }) {
  const [busy, setBusy] = useState(false)
  const past = useMoment() !== null
  const may = useMay('operate')
  if (past || !may || (server.state !== 'down' && server.state !== 'halted')) return null
  const run = async () => {
    setBusy(true)
    try {
      await client.servers.tryNow({ id: server.id })
    } catch (error) {
      toast.error(failureText(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Button icon={RotateCw} className={className} disabled={busy} aria-label={`${t('common.tryNow')}: ${server.name}`} onClick={() => void run()}>
      {t('common.tryNow')}
    </Button>
  )
}
