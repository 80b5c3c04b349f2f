/** What hides a name: the letter of its place. */
export const letterOf = (place: number): string => String.fromCharCode(65 + place)
