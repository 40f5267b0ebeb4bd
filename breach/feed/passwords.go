package feed

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"unicode/utf16"
	"unicode/utf8"

	//lint:ignore SA1019 NTLM is MD4, and NTLM is what a part of the corpora is published in
	"golang.org/x/crypto/md4"

	"github.com/gatehouse-id/gatehouse/breach/brx"
)

// maxPassword is the longest password in bytes: no service takes longer ones.
const maxPassword = 1024

// passwordParser hashes plain passwords. It belongs to one goroutine.
type passwordParser struct {
	alg brx.Alg
	mac hash.Hash // of HMACPassword
	sum []byte
}

// KeyID names a key in files made with it, without telling anything about it:
// the first 16 bytes of HMAC-SHA-256(key, "gatehouse breach key").
func KeyID(key []byte) (id [16]byte) {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("gatehouse breach key"))
	copy(id[:], mac.Sum(nil))
	return id
}

func newPasswordParser(alg brx.Alg, key []byte) *passwordParser {
	p := &passwordParser{alg: alg}
	if alg == brx.HMACPassword {
		p.mac = hmac.New(sha256.New, key)
	}
	return p
}

func (p *passwordParser) parse(to []record, line []byte, _ uint32) ([]record, Reason) {
	password, verdict := plain(line, maxPassword)
	if verdict != taken {
		return to, verdict
	}
	if p.alg == brx.NTLM {
		p.sum = ntlm(p.sum[:0], password)
		return append(to, recordOf(p.sum, 1)), taken
	}
	sum := sha1.Sum(password)
	if p.mac == nil {
		return append(to, recordOf(sum[:], 1)), taken
	}
	// Keyed lists are asked by the SHA-1, as all others are.
	p.mac.Reset()
	p.mac.Write(sum[:])
	p.sum = p.mac.Sum(p.sum[:0])
	return append(to, recordOf(p.sum[:p.alg.Bytes()], 1)), taken
}

// plain checks a line of text, and unwraps hashcat's $HEX[...], in which lists
// write what is not printable.
func plain(line []byte, limit int) (text []byte, verdict Reason) {
	if inner, found := bytes.CutPrefix(line, []byte("$HEX[")); found && len(line) <= 2*limit+6 {
		if inner, found = bytes.CutSuffix(inner, []byte("]")); found {
			decoded := make([]byte, hex.DecodedLen(len(inner)))
			if _, err := hex.Decode(decoded, inner); err == nil && len(decoded) > 0 {
				return decoded, taken
			}
		}
	}
	switch {
	case len(line) > limit:
		return nil, TooLong
	case bytes.IndexByte(line, 0) >= 0:
		return nil, BinaryJunk
	}
	return line, taken
}

// ntlm appends MD4 of the password in UTF-16, little endian.
func ntlm(to, password []byte) []byte {
	wide := make([]byte, 0, 2*len(password))
	for len(password) > 0 {
		r, n := utf8.DecodeRune(password)
		password = password[n:]
		if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
			wide = append(wide, byte(high), byte(high>>8), byte(low), byte(low>>8))
			continue
		}
		wide = append(wide, byte(r), byte(r>>8))
	}
	h := md4.New()
	h.Write(wide)
	return h.Sum(to)
}
