/** The product's mark: levels of a signal. */
export function Logo({ size = 20 }: { readonly size?: number }) {
  return (
    <svg
      className="flex-none text-accent"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="2.4"
      strokeLinecap="round"
      aria-hidden="true"
    >
      <path d="M3 17V7M8 20V4M13 15V9M18 19V5M22.5 13v-2" />
    </svg>
  )
}
