package password

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Temporary passwords are read off a mail or a phone and typed: no character
// that is mistaken for another (I l 1, O 0) or that the text around it swallows.
const (
	temporaryAlphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ" + "abcdefghijkmnopqrstuvwxyz" + "23456789" + "!@#$%*+=?-"
	temporaryDefault  = 12
	temporaryMax      = 99
	// temporaryDraws bounds the search: one draw in three fails, so a thousand
	// in a row mean that rand is not random.
	temporaryDraws = 1000
)

// Temporary draws a password from rand that satisfies the policy: 12 characters
// or the policy's minimum, whichever is more, and 99 at most. Every kind of
// character appears whether the policy asks for it or not, since the policy may
// be tightened before the password is used. 12 of these 67 characters carry
// about 72 bits.
//
// Whole passwords are drawn until one has every kind, so all such passwords are
// equally likely; forcing a digit into a chosen place would favour some.
func (p Policy) Temporary(rand io.Reader) (string, error) {
	all := Policy{Upper: true, Lower: true, Number: true, Symbol: true}
	length := min(max(p.MinimumLength, temporaryDefault), temporaryMax)
	for range temporaryDraws {
		password, err := draw(rand, length)
		if err != nil {
			return "", fmt.Errorf("draw a temporary password: %w", err)
		}
		if password != "" && all.Check(password) == nil {
			return password, nil
		}
	}
	return "", errors.New("draw a temporary password: the source of randomness repeats itself")
}

// draw picks length characters without bias, or returns "" when one of its
// random numbers fell behind the last whole multiple of the alphabet (10 of
// 65,536 do).
func draw(rand io.Reader, length int) (string, error) {
	random := make([]byte, 2*length)
	if _, err := io.ReadFull(rand, random); err != nil {
		return "", err
	}
	const n = len(temporaryAlphabet)
	password := make([]byte, length)
	for i := range password {
		number := int(binary.BigEndian.Uint16(random[2*i:]))
		if number >= 1<<16-(1<<16)%n {
			return "", nil
		}
		password[i] = temporaryAlphabet[number%n]
	}
	return string(password), nil
}
