import { Boxes, Laptop, Server as ServerIcon } from 'lucide-react'
import { useState } from 'react'
import { Link, Navigate, useNavigate } from 'react-router'
import { toast } from 'sonner'
import type { ConnectionTest } from '../../shared/connectionTest.ts'
import { client, useConnection } from '../app/client.ts'
import { shell } from '../app/connection.ts'
import { failureText } from '../app/failureText.ts'
import { toOverview, toServer } from '../app/links.ts'
import { useTrial } from '../app/useTrial.ts'
import { t } from '../app/words.ts'
import { useServers } from '../fleet/fleet.ts'
import { ConnectionTestView, ServerDialog } from '../servers/ServerDialog.tsx'
import { Button } from '../ui/Button.tsx'

const thisMachine = { url: 'http://127.0.0.1:9997' }
const demoCommand = 'npm start -- --demo'

export function WelcomePage() {
  const navigate = useNavigate()
  const servers = useServers()
  const { hello } = useConnection()
  const [adding, setAdding] = useState(false)
  if (hello?.bundle) return <Navigate to={toOverview} replace />
  return (
    <div className="mx-auto flex w-full max-w-[1080px] flex-col gap-6 py-8">
      <div>
        <h1 className="font-[650] text-2xl">{t('welcome.title')}</h1>
        <p className="mt-1 max-w-[70ch] text-lg text-muted">{t('welcome.text')}</p>
        {servers.length > 0 && (
          <p className="mt-2 text-muted">
            <Link to={toOverview} className="text-accent underline">
              {t('common.toTheOverview')}
            </Link>
          </p>
        )}
      </div>
      <div className="grid grid-cols-3 gap-4 max-[1100px]:grid-cols-1">
        <Endpoint icon={<ServerIcon size={22} />} title={t('common.addAServer')} text={t('welcome.addText')}>
          <Button look="primary" onClick={() => setAdding(true)} autoFocus text={t('common.addAServer')} />
        </Endpoint>
        <ThisMachine />
        <Endpoint icon={<Boxes size={22} />} title={t('welcome.demo')} text={t('welcome.demoText')}>
          {hello?.demo ? (
            <>
              <p>{t('welcome.demoRunning')}</p>
              <div className="flex gap-2">
                <Button onClick={() => void navigate(toOverview)}>{t('common.toTheOverview')}</Button>
                {shell && <Button onClick={() => shell?.exploreDemo(false)}>{t('welcome.demoLeave')}</Button>}
              </div>
            </>
          ) : shell ? (
            <Button onClick={() => shell?.exploreDemo(true)}>{t('welcome.demo')}</Button>
          ) : (
            <>
              <p className="text-muted">{t('welcome.demoCommand')}</p>
              <code className="select-all rounded bg-raised px-2 py-1 font-mono text-sm">{demoCommand}</code>
            </>
          )}
        </Endpoint>
      </div>
      {adding && <ServerDialog server={null} onClose={() => setAdding(false)} onSaved={(server) => void navigate(toServer(server.id))} />}
    </div>
  )
}

interface EndpointProps {
  readonly icon: React.ReactNode
  readonly title: string
  readonly text: string
  readonly children: React.ReactNode
}
const Endpoint = ({ icon, title, text, children }: EndpointProps) => (
  <section className="flex flex-col items-start gap-2.5 rounded-lg border border-line bg-surface p-5">
    <span className="text-accent">{icon}</span>
    <h2 className="font-semibold text-lg">{title}</h2>
    <p className="text-muted">{text}</p>
    {children}
  </section>
)

/** On the usual port of the engine's machine. */
function ThisMachine() {
  const navigate = useNavigate()
  const { trial: test, run } = useTrial<ConnectionTest, null>()
  const [failure, setFailure] = useState<string | null>(null)
  const add = async () => {
    try {
      const server = await client.servers.add({ ...thisMachine, name: t('common.thisMachine') })
      toast(t('common.wasAdded', { name: server.name }))
      void navigate(toServer(server.id))
    } catch (error) {
      setFailure(failureText(error))
    }
  }
  return (
    <Endpoint icon={<Laptop size={22} />} title={t('common.thisMachine')} text={t('welcome.hereText')}>
      <Button disabled={test.state === 'running'} onClick={() => void run(null, (signal) => client.servers.test(thisMachine, { signal }))}>
        {t(test.state === 'running' ? 'common.testing' : 'welcome.hereAction')}
      </Button>
      {test.state === 'failed' && <p className="font-medium text-critical">{t('common.failedReason', { reason: test.words })}</p>}
      {test.state === 'done' && (
        <>
          <ConnectionTestView result={test.result} pinned="" onPin={() => {}} />
          <Button look={test.result.ok ? 'primary' : 'plain'} onClick={() => void add()}>
            {t(test.result.ok ? 'common.addThisMachine' : 'editing.addAnyway')}
          </Button>
        </>
      )}
      {failure !== null && <p className="font-medium text-critical">{t('common.failedReason', { reason: failure })}</p>}
    </Endpoint>
  )
}
