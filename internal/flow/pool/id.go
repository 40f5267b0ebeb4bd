package pool

import (
	"fmt"
	"io"
)

const (
	lower = "abcdefghijklmnopqrstuvwxyz0123456789"
	mixed = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + lower
)

// Lengths as Cognito has them: 53, 134 and 263 bits.
const (
	poolIDLength       = 9
	clientIDLength     = 26
	clientSecretLength = 51
)

// draw makes a random text of n letters, each equally likely: a byte that would
// favour the first letters of the alphabet is drawn again.
func (p *Pools) draw(n int, alphabet string) (string, error) {
	limit := 256 - 256%len(alphabet)
	text := make([]byte, 0, n)
	var b [1]byte
	for len(text) < n {
		if _, err := io.ReadFull(p.cfg.Rand, b[:]); err != nil {
			return "", fmt.Errorf("read randomness: %w", err)
		}
		if int(b[0]) < limit {
			text = append(text, alphabet[int(b[0])%len(alphabet)])
		}
	}
	return string(text), nil
}
