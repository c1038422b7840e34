/** Shows a keyboard shortcut. `bare`: without a frame, inside buttons. */
export function KeyHint({ children, bare = false }: { readonly children: string; readonly bare?: boolean }) {
  return <kbd className={`font-sans text-xs ${bare ? 'font-normal' : 'rounded border border-line-strong px-[5px] font-medium text-muted'}`}>{children}</kbd>
}
