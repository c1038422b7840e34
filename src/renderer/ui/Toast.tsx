import { Toaster } from 'sonner'

/** Place for short notices. Show one with `toast('…')` or `toast.error('…')` from 'sonner', never for anything that requires action. */
export function ToastPlace({ theme, label }: { readonly theme: 'dark' | 'light' | 'system'; readonly label: string }) {
  return (
    <Toaster
      theme={theme}
      containerAriaLabel={label}
      position="bottom-right"
      toastOptions={{
        style: { background: 'var(--raised)', color: 'var(--text)', borderColor: 'var(--line-strong)', fontSize: 13, fontFamily: 'inherit', borderRadius: 8 },
      }}
    />
  )
}
