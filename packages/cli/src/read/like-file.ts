/** Endings that topologies have, which a name could have, too, but has not. */
export const isLikeFile = (word: string): boolean => /\.(ya?ml|json|m?[jt]s)$/.test(word);
