/** What each of these gives, or the failure of the first that fails; but not before all have ended, and let go of what they took. */
export async function allEnded<T>(works: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(works);
  return Promise.all(works);
}
