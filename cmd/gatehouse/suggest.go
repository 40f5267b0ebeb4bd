package main

import "strings"

// suggest is ", did you mean X?" where a known name is close, spelt by spell.
func suggest(name string, known []string, spell func(string) string) string {
	best, least := "", 3 // more than two slips are no slip
	for _, k := range known {
		if d := distance(name, k); d < least {
			best, least = k, d
		}
	}
	if best == "" {
		// A part that was left out is a slip too: breach for breach-list.
		for _, k := range known {
			if len(name) > 2 && strings.HasPrefix(k, name) {
				best = k
				break
			}
		}
	}
	if best == "" {
		return ""
	}
	return ", did you mean " + spell(best) + "?"
}

// distance counts the letters to change, add or drop (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
