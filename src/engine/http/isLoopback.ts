/** Whether a host as `URL.hostname` writes it is this machine itself: what goes there crosses no network. */
export const isLoopback = (hostname: string): boolean => hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
