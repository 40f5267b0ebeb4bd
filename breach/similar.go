package breach

import (
	"iter"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// MaxSimilar is how many passwords Similar tells at most.
const MaxSimilar = 100

// maxTweaked is the longest password, in characters, that anybody is expected to tweak.
const maxTweaked = 256

// Similar tells passwords from which this one may have been made, the likeliest
// first: what people change when they must set a new password is its case, its
// end, a number in it, or letters for the digits that look like them. So a new
// password whose neighbour leaked with the same user name is as good as leaked:
// whoever has the list tries these changes first (Pal et al., "Beyond Credential
// Stuffing", IEEE S&P 2019).
//
// Each is told once, and the password itself never. It costs some microseconds.
func Similar(password string) iter.Seq[string] {
	return func(yield func(string) bool) {
		text := []rune(password)
		if len(text) == 0 || len(text) > maxTweaked {
			return
		}
		told := map[string]bool{password: true, "": true}
		for _, rule := range rules {
			for _, t := range rule(text) {
				other := string(t)
				if told[other] {
					continue
				}
				if len(told) >= MaxSimilar+2 || !yield(other) {
					return
				}
				told[other] = true
			}
		}
	}
}

// rules are the changes, the likeliest first.
var rules = []func([]rune) [][]rune{
	recased, shortened, renumbered, lengthened, uncapitalised, plainSpelled, endReplaced, mirrored,
}

// recased changes the case of the first letter, and of all.
func recased(t []rune) [][]rune {
	return [][]rune{
		toggled(t),
		mapped(t, unicode.ToLower),
		mapped(t, unicode.ToUpper),
		mapped(t, otherCase),
	}
}

// toggled changes the case of the first letter.
func toggled(t []rune) []rune {
	i := slices.IndexFunc(t, unicode.IsLetter)
	if i < 0 {
		return nil
	}
	other := slices.Clone(t)
	other[i] = otherCase(t[i])
	return other
}

func otherCase(r rune) rune {
	if unicode.IsUpper(r) {
		return unicode.ToLower(r)
	}
	return unicode.ToUpper(r)
}

func mapped(t []rune, by func(rune) rune) []rune {
	other := make([]rune, len(t))
	for i, r := range t {
		other[i] = by(r)
	}
	return other
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func isMark(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// ending is t without the characters at its end that are as told.
func ending(t []rune, is func(rune) bool) []rune {
	n := len(t)
	for n > 0 && is(t[n-1]) {
		n--
	}
	return t[:n]
}

// shortened takes away what is put at the end and the beginning to please a policy.
func shortened(t []rune) [][]rune {
	marks := ending(t, isMark)
	list := [][]rune{
		marks,
		ending(t, isDigit),
		ending(marks, isDigit),
		ending(t, func(r rune) bool { return !unicode.IsLetter(r) }),
	}
	for n := 1; n <= 4 && n < len(t); n++ {
		list = append(list, t[:len(t)-n])
	}
	for n := 0; n < len(t) && !unicode.IsLetter(t[n]); n++ {
		list = append(list, t[n+1:])
		if n == 3 {
			break
		}
	}
	return append(list, t[1:])
}

// renumbered counts the last number up and down, and steps through years.
func renumbered(t []rune) [][]rune {
	end := len(t)
	for end > 0 && !isDigit(t[end-1]) {
		end--
	}
	begin := end
	for begin > 0 && isDigit(t[begin-1]) && end-begin < 9 {
		begin--
	}
	if begin == end {
		return nil
	}
	n, err := strconv.Atoi(string(t[begin:end]))
	if err != nil {
		return nil
	}
	steps := []int{-1, 1, -2, 2, -3, 3}
	if end-begin == 4 && n > 1900 && n < 2100 {
		steps = append(steps, -4, 4, -5, 5)
	}
	var list [][]rune
	for _, by := range steps {
		if n+by < 0 {
			continue
		}
		digits := strconv.Itoa(n + by)
		if width := end - begin; len(digits) < width {
			digits = strings.Repeat("0", width-len(digits)) + digits
		}
		list = append(list, slices.Concat(t[:begin], []rune(digits), t[end:]))
	}
	return list
}

// lengthened adds what people add.
func lengthened(t []rune) [][]rune {
	var list [][]rune
	for _, more := range []string{"1", "!", "123", "12", "2", "0", "01", "1!", "@", ".", "3", "?", "#", "$", "*", "1234", "!!", "7", "5", "00"} {
		list = append(list, append(slices.Clone(t), []rune(more)...))
	}
	return append(list, slices.Concat([]rune("1"), t), slices.Concat([]rune("!"), t))
}

// uncapitalised combines the two changes that policies ask for: an upper-case
// letter in front, and something behind.
func uncapitalised(t []rune) [][]rune {
	front := toggled(t)
	if front == nil {
		return nil
	}
	list := shortened(front)
	for _, more := range []string{"1", "!", "123", "1!"} {
		list = append(list, append(slices.Clone(front), []rune(more)...))
	}
	return list
}

// spelling is letters and what is written for them.
var spelling = []struct{ letter, sign rune }{
	{'a', '@'}, {'o', '0'}, {'e', '3'}, {'i', '1'}, {'s', '$'}, {'a', '4'}, {'s', '5'}, {'i', '!'}, {'l', '1'}, {'t', '7'},
}

// plainSpelled writes letters for signs and signs for letters, of one kind and of all.
func plainSpelled(t []rune) [][]rune {
	var list [][]rune
	all := func(from, to func(int) rune) []rune {
		return mapped(t, func(r rune) rune {
			for i := range spelling {
				if unicode.ToLower(r) == from(i) {
					return to(i)
				}
			}
			return r
		})
	}
	letter, sign := func(i int) rune { return spelling[i].letter }, func(i int) rune { return spelling[i].sign }
	list = append(list, all(sign, letter), all(letter, sign))
	for _, s := range spelling {
		for _, pair := range [][2]rune{{s.sign, s.letter}, {s.letter, s.sign}} {
			list = append(list, mapped(t, func(r rune) rune {
				if unicode.ToLower(r) == pair[0] {
					return pair[1]
				}
				return r
			}))
		}
	}
	return list
}

// endReplaced puts another sign at the end in the place of one.
func endReplaced(t []rune) [][]rune {
	last := len(t) - 1
	if unicode.IsLetter(t[last]) {
		return nil
	}
	var list [][]rune
	for _, r := range "!1?.@#$*2" {
		list = append(list, append(slices.Clone(t[:last]), r))
	}
	return list
}

// mirrored turns the password round, writes it twice, or halves what was written twice.
func mirrored(t []rune) [][]rune {
	turned := slices.Clone(t)
	slices.Reverse(turned)
	list := [][]rune{turned, slices.Concat(t, t)}
	if half := len(t) / 2; len(t)%2 == 0 && slices.Equal(t[:half], t[half:]) {
		list = append(list, t[:half])
	}
	return list
}
