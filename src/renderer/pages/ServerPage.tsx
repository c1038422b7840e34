/** Stands here until the page is built. */
export const ServerPage = () => <h1>Server</h1>
