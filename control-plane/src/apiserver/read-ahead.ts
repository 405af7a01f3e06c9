/**
 * The next page is read while the one before is sent: a database that is far away, or busy with it, and this process then work at the same time.
 * One page is ahead at most, so that a client that reads slowly holds no more than two.
 */
export async function* readAhead<T>(pages: AsyncGenerator<T, void>): AsyncGenerator<T, void> {
  try {
    for (let next = pages.next(); ; ) {
      const { value, done } = await next;
      if (done) return;
      next = pages.next();
      // it is told when its turn comes
      next.catch(() => {});
      yield value;
    }
  } finally {
    await pages.return();
  }
}
