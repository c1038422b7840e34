import { Component } from 'react'

interface ErrorBoundaryProps {
  /** Rendered when a child throws; `again` retries. */
  readonly fallback: (error: unknown, again: () => void) => React.ReactNode
  /** A change of this key retries, such as the address of the page. */
  readonly resetKey: string
  readonly children: React.ReactNode
}
/** Keeps a bug in one part from breaking the whole window. React supports this for classes only. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, { readonly error: { readonly cause: unknown } | null }> {
  override state = { error: null as { readonly cause: unknown } | null }
  static getDerivedStateFromError(cause: unknown) {
    return { error: { cause } }
  }
  override componentDidUpdate(before: ErrorBoundaryProps) {
    if (before.resetKey !== this.props.resetKey && this.state.error !== null) this.setState({ error: null })
  }
  override render() {
    return this.state.error === null ? this.props.children : this.props.fallback(this.state.error.cause, () => this.setState({ error: null }))
  }
}
