interface TickProps extends Omit<React.ComponentProps<'input'>, 'onChange'> {
  readonly onTick: (isTicked: boolean) => void
  /** Of the box and what is beside it. */
  readonly labelClass?: string
}
/** A box to tick, with what it is for beside it, if it has children. */
export function Tick({ onTick, className = 'h-4 w-4', labelClass, children, ...rest }: TickProps) {
  const box = <input type="checkbox" onChange={({ target }) => onTick(target.checked)} className={`flex-none accent-(--accent) ${className}`} {...rest} />
  if (children === undefined) return box
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the box is in it
    <label className={labelClass}>
      {box}
      {children}
    </label>
  )
}
