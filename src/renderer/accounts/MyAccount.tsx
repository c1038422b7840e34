import { QRCodeSVG } from 'qrcode.react'
import { useState } from 'react'
import { z } from 'zod'
import { type Me, passwordSchema } from '../../shared/accounts.ts'
import { ok } from '../../shared/result.ts'
import { act } from '../app/act.ts'
import { Copyable } from '../app/Copyable.tsx'
import { client, renew } from '../app/client.ts'
import { type FormField, readEntries } from '../app/editing/fields.ts'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { Loaded } from '../app/Loaded.tsx'
import { t } from '../app/words.ts'
import { useMe } from '../fleet/me.tsx'
import { Button } from '../ui/Button.tsx'
import { Facts } from '../ui/Facts.tsx'
import { Panel } from '../ui/Panel.tsx'
import { limitText, noPassword, type PasswordEntries, passwordFields } from './accountForm.ts'
import { OtherWays } from './OtherWays.tsx'
import { SessionsTable } from './SessionsTable.tsx'
import { ShownOnce } from './ShownOnce.tsx'

export function MyAccount() {
  return (
    <Loaded query={useMe()} rows={6}>
      {(me) => (
        <div className="flex flex-col gap-4">
          <Self me={me} />
          <OneTimeCodes me={me} />
          <OtherWays />
          <Panel title={t('people.own.sessions')}>
            <SessionsTable sessions={me.sessions} ofAll={false} own={me.session} />
          </Panel>
        </div>
      )}
    </Loaded>
  )
}

interface ChangeEntries extends PasswordEntries {
  readonly current: string
}
const currentField = { id: 'current', kind: 'secret', label: 'people.own.current', input: { autoComplete: 'current-password' } } as const
const changeFields: readonly FormField<ChangeEntries>[] = [
  currentField,
  ...passwordFields.map((field) => (field.id === 'password' ? ({ ...field, label: 'people.own.new' } as const) : field)),
]
const changeSchema = z.object({ current: z.string(), password: passwordSchema })

function Self({ me }: { readonly me: Me }) {
  const [changing, setChanging] = useState(false)
  return (
    <Panel title={t('people.account')} actions={<Button onClick={() => setChanging(true)}>{t('people.own.changePassword')}</Button>}>
      <Facts
        rows={[
          [t('common.name'), me.name],
          [t('people.fullName'), me.fullName],
          [t('people.role'), t(`people.roles.${me.role}`), t(`people.roleMeans.${me.role}`)],
          [t('people.console'), t(`people.consoles.${me.console}`)],
          [t('people.groups'), me.groups.join(', ')],
          [t('people.limit'), limitText(me)],
        ]}
      />
      {changing && (
        <SendDialog
          title={t('people.own.changePassword')}
          submit={t('common.change')}
          fields={changeFields}
          start={{ ...noPassword, current: '' }}
          read={(entered) => readEntries(changeFields, changeSchema, entered, entered, null)}
          send={async ({ current, password }) => {
            await client.accounts.changePassword({ password: current, newPassword: password })
            await act(renew('accounts'), t('people.own.passwordChanged'))
          }}
          onClose={() => setChanging(false)}
        />
      )}
    </Panel>
  )
}

type Step =
  | { readonly step: 'password' }
  | { readonly step: 'scan'; readonly secret: string; readonly uri: string }
  | { readonly step: 'kept'; readonly codes: readonly string[] }
  | { readonly step: 'off' }

const passwordOnly: readonly FormField<{ readonly current: string }>[] = [currentField]
const codeOnly: readonly FormField<{ readonly code: string }>[] = [
  { id: 'code', kind: 'text', label: 'people.own.code', placeholder: '123456', input: { inputMode: 'numeric', maxLength: 20, autoComplete: 'one-time-code' } },
]

function OneTimeCodes({ me: { hasTotp, recoveryCodesLeft } }: { readonly me: Me }) {
  const [at, setAt] = useState<Step | null>(null)
  /** Closes a step unless it led on to another one. */
  const endOf = (step: Step['step']) => () => setAt((now) => (now?.step === step ? null : now))
  return (
    <Panel
      title={t('people.totp')}
      hint={t(hasTotp ? 'people.totpOn' : 'people.totpOff')}
      actions={
        <Button look={hasTotp ? 'plain' : 'primary'} onClick={() => setAt({ step: hasTotp ? 'off' : 'password' })}>
          {t(hasTotp ? 'people.own.switchOff' : 'people.own.setUp')}
        </Button>
      }
    >
      <p className="max-w-[72ch] text-muted">{t(hasTotp ? 'people.own.totpOnText' : 'people.own.totpOffText')}</p>
      {hasTotp && (
        <p className={`mt-1 ${recoveryCodesLeft < 3 ? 'text-major' : 'text-muted'}`}>
          {t('people.own.codesLeft')}: {recoveryCodesLeft}
        </p>
      )}
      {at?.step === 'password' && (
        <SendDialog
          key="password"
          title={t('people.own.setUp')}
          submit={t('people.own.confirm')}
          fields={passwordOnly}
          start={{ current: '' }}
          read={(entered) => ok(entered)}
          send={async ({ current }) => setAt({ step: 'scan', ...(await client.accounts.startTotp({ password: current })) })}
          onClose={endOf('password')}
        />
      )}
      {at?.step === 'scan' && (
        <SendDialog
          key="scan"
          title={t('people.own.setUp')}
          description={t('people.own.scan')}
          submit={t('people.own.confirm')}
          fields={codeOnly}
          start={{ code: '' }}
          read={(entered) => ok(entered)}
          send={async ({ code }) => {
            const { recoveryCodes } = await client.accounts.confirmTotp({ code })
            setAt({ step: 'kept', codes: recoveryCodes })
            await renew('accounts')
          }}
          onClose={endOf('scan')}
        >
          <div className="w-fit self-center rounded-md bg-white p-3">
            <QRCodeSVG value={at.uri} size={192} title={t('people.own.qr')} />
          </div>
          <div>
            <div className="font-medium text-muted text-sm">{t('people.own.secret')}</div>
            <Copyable text={at.secret} />
          </div>
        </SendDialog>
      )}
      {at?.step === 'kept' && (
        <ShownOnce
          title={t('people.own.recoveryCodes')}
          description={t('people.own.recoveryText')}
          secret={at.codes.join('\n')}
          done={t('people.own.codesKept')}
          canPrint
          onClose={() => setAt(null)}
        />
      )}
      {at?.step === 'off' && (
        <SendDialog
          key="off"
          title={t('people.own.switchOff')}
          submit={t('people.own.switchOff')}
          fields={passwordOnly}
          start={{ current: '' }}
          read={(entered) => ok(entered)}
          send={async ({ current }) => {
            await client.accounts.removeTotp({ password: current })
            await act(renew('accounts'), t('people.own.switchedOff'))
          }}
          onClose={endOf('off')}
        />
      )}
    </Panel>
  )
}
