/** Stands here until the page is built. */
export const StreamsPage = () => <h1>Streams</h1>
