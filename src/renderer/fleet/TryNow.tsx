import { RotateCw } from 'lucide-react'
import { useState } from 'react'
import type { Server } from '../../shared/servers.ts'
import { act } from '../app/act.ts'
import { client } from '../app/client.ts'
import { useMoment } from '../app/moment.ts'
import { t } from '../app/words.ts'
import { Button } from '../ui/Button.tsx'
import { useMay } from './me.tsx'

/** Polls at once instead of after the pause. Nothing for a healthy server. */
export function TryNow({ server, className = '' }: { readonly server: Pick<Server, 'id' | 'name' | 'state'>; readonly className?: string }) {
  const [busy, setBusy] = useState(false)
  const past = useMoment() !== null
  const may = useMay('operate')
  if (past || !may || (server.state !== 'down' && server.state !== 'halted')) return null
  const run = async () => {
    setBusy(true)
    await act(client.servers.tryNow({ id: server.id }))
    setBusy(false)
  }
  return (
    <Button icon={RotateCw} className={className} disabled={busy} aria-label={`${t('common.tryNow')}: ${server.name}`} onClick={() => void run()}>
      {t('common.tryNow')}
    </Button>
  )
}
