package password

import (
	"context"
	"strings"
	"testing"
)

// The hashes were made with crypt(3) and Python's hashlib; Firebase's is the
// example of its own documentation, Argon2's are of the reference implementation.
var foreignVectors = []struct{ kind, text, password, cost string }{
	{"bcrypt 2b", "$2b$04$abcdefghijklmnopqrstuuoVBYqJ6l3EFDwxVc5yIolXKLvX..La.", "Correct-Horse-1", "$2b$04$" + strings.Repeat(".", 53)},
	{"bcrypt 2a", "$2a$04$abcdefghijklmnopqrstuuoVBYqJ6l3EFDwxVc5yIolXKLvX..La.", "Correct-Horse-1", "$2b$04$" + strings.Repeat(".", 53)},
	{"bcrypt 2y", "$2y$04$abcdefghijklmnopqrstuuoVBYqJ6l3EFDwxVc5yIolXKLvX..La.", "Correct-Horse-1", "$2b$04$" + strings.Repeat(".", 53)},
	{"bcrypt of 80 bytes", "$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i", strings.Repeat("x", 80), "$2b$04$" + strings.Repeat(".", 53)},
	{"scrypt", "$scrypt$ln=4,r=8,p=2$MDEyMzQ1Njc4OWFiY2RlZg$N8XErkyfoNGtOYhVwT2qHKYpjIm0l8BFNZpe7C0rHZo", "Correct-Horse-1",
		"$scrypt$ln=4,r=8,p=2$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
	{"Firebase", "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==", "user1password",
		"$fbscrypt$v=1,n=14,r=8,p=1,ss=AA==,sk=" + strings.Repeat("A", 86) + "==$AAAAAAAAAAAAAAAAAAAAAA==$" + strings.Repeat("A", 86) + "=="},
	{"PBKDF2 with SHA-1", "$pbkdf2-sha1$i=1000$/+++/+++/+++/+++/+++/w$NdyATESMaggvNmwcleXeQZBTwxQ", "Correct-Horse-1", "$pbkdf2-sha1$i=1000$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAA"},
	{"PBKDF2 with SHA-256", "$pbkdf2-sha256$i=1000$/+++/+++/+++/+++/+++/w$CfqzE13OQk/KujqDGcLY9+bMWh8lj1gkvTADVHLY8e0", "Correct-Horse-1", ""},
	{"PBKDF2 with its length", "$pbkdf2-sha256$i=1000,l=32$/+++/+++/+++/+++/+++/w$CfqzE13OQk/KujqDGcLY9+bMWh8lj1gkvTADVHLY8e0", "Correct-Horse-1", ""},
	{"PBKDF2 with SHA-512", "$pbkdf2-sha512$i=1000$/+++/+++/+++/+++/+++/w$pdBc3fT2zBFm/FW6ytHZPtQgfOHiRRSfTLijETkAKd6TGnOyzeoVk8cnWDS1bVOImxkfxNfwPoReka7/lq1yiQ", "Correct-Horse-1", ""},
	{"passlib, SHA-1", "$pbkdf2$1000$/.../.../.../.../.../w$NdyATESMaggvNmwcleXeQZBTwxQ", "Correct-Horse-1", ""},
	{"passlib, SHA-256", "$pbkdf2-sha256$1000$/.../.../.../.../.../w$CfqzE13OQk/KujqDGcLY9.bMWh8lj1gkvTADVHLY8e0", "Correct-Horse-1", ""},
	{"Django", "pbkdf2_sha256$1000$saltsaltsalt$wAl4wci+4zUtF5ohuwad6VaZKY6btx+yYVz3/jfsaRw=", "Correct-Horse-1", ""},
	{"Django, SHA-1", "pbkdf2_sha1$1000$saltsaltsalt$kWEfsNyXaGa5oVeN2fDNHdyEh0A=", "Correct-Horse-1", ""},
	{"Argon2id", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "password",
		"$argon2id$v=19$m=65536,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
	{"Argon2i", "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA", "password",
		"$argon2i$v=19$m=65536,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
	{"Django's Argon2", "argon2$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "password", ""},
}

func TestForeign(t *testing.T) {
	h := newHasher(t, Config{Params: cheap})
	for _, v := range foreignVectors {
		t.Run(v.kind, func(t *testing.T) {
			if ok, err := h.VerifyForeign(t.Context(), v.text, v.password); !ok || err != nil {
				t.Errorf("the right password: got %v, %v", ok, err)
			}
			for _, wrong := range []string{"", "X" + v.password[1:], v.password[:len(v.password)/2]} {
				if ok, err := h.VerifyForeign(t.Context(), v.text, wrong); ok || err != nil {
					t.Errorf("%q: got %v, %v, want false", wrong, ok, err)
				}
			}
			cost, err := CheckForeign(v.text)
			if err != nil || v.cost != "" && cost != v.cost {
				t.Errorf("its cost: got %s, %v, want %s", cost, err, v.cost)
			}
			if again, err := CheckForeign(cost); again != cost || err != nil {
				t.Errorf("a cost is no hash: %s, %v", again, err)
			}
			if ok, err := h.VerifyForeign(t.Context(), cost, v.password); ok || err != nil {
				t.Errorf("a cost verified: %v, %v", ok, err)
			}
		})
	}
}

func TestForeignHashesThatAreRefused(t *testing.T) {
	h := newHasher(t, Config{Params: cheap})
	for why, text := range map[string]string{
		"nothing":                   "",
		"no hash":                   "password",
		"MD5":                       "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/",
		"SHA-512 crypt":             "$6$saltsalt$" + strings.Repeat("a", 86),
		"bcrypt 2x":                 "$2x$04$" + strings.Repeat("a", 53),
		"bcrypt, cost 16":           "$2b$16$" + strings.Repeat("a", 53),
		"bcrypt, cost 31":           "$2b$31$" + strings.Repeat("a", 53),
		"bcrypt, cost 3":            "$2b$03$" + strings.Repeat("a", 53),
		"bcrypt, short":             "$2b$04$" + strings.Repeat("a", 52),
		"bcrypt, strange letters":   "$2b$04$" + strings.Repeat("a", 52) + "+",
		"scrypt, 1 GiB":             "$scrypt$ln=20,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$N8XErkyfoNGtOYhVwT2qHKYpjIm0l8BFNZpe7C0rHZo",
		"scrypt, wide":              "$scrypt$ln=1,r=33,p=1$MDEyMzQ1Njc4OWFiY2RlZg$N8XErkyfoNGtOYhVwT2qHKYpjIm0l8BFNZpe7C0rHZo",
		"scrypt, long":              "$scrypt$ln=17,r=8,p=16$MDEyMzQ1Njc4OWFiY2RlZg$N8XErkyfoNGtOYhVwT2qHKYpjIm0l8BFNZpe7C0rHZo",
		"scrypt, ln of 2^62":        "$scrypt$ln=4611686018427387904,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$N8XErkyfoNGtOYhVwT2qHKYpjIm0l8BFNZpe7C0rHZo",
		"scrypt, other order":       "$scrypt$r=8,ln=4,p=1$MDEyMzQ1Njc4OWFiY2RlZg$N8XErkyfoNGtOYhVwT2qHKYpjIm0l8BFNZpe7C0rHZo",
		"scrypt, no key":            "$scrypt$ln=4,r=8,p=2$MDEyMzQ1Njc4OWFiY2RlZg$",
		"scrypt, key of 8 bytes":    "$scrypt$ln=4,r=8,p=2$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc",
		"PBKDF2, many iterations":   "$pbkdf2-sha256$i=5000001$MDEyMzQ1Njc4OWFiY2RlZg$CfqzE13OQk/KujqDGcLY9+bMWh8lj1gkvTADVHLY8e0",
		"PBKDF2, no iterations":     "$pbkdf2-sha256$i=0$MDEyMzQ1Njc4OWFiY2RlZg$CfqzE13OQk/KujqDGcLY9+bMWh8lj1gkvTADVHLY8e0",
		"PBKDF2, negative":          "$pbkdf2-sha256$-1$MDEyMzQ1Njc4OWFiY2RlZg$CfqzE13OQk/KujqDGcLY9.bMWh8lj1gkvTADVHLY8e0",
		"PBKDF2, other length":      "$pbkdf2-sha256$i=1000,l=16$MDEyMzQ1Njc4OWFiY2RlZg$CfqzE13OQk/KujqDGcLY9+bMWh8lj1gkvTADVHLY8e0",
		"PBKDF2 with MD5":           "pbkdf2_md5$1000$saltsaltsalt$wAl4wci+4zUtF5ohuwad6VaZKY6btx+yYVz3/jfsaRw=",
		"Django's other digests":    "pbkdf2_$1000$saltsaltsalt$wAl4wci+4zUtF5ohuwad6VaZKY6btx+yYVz3/jfsaRw=",
		"Argon2d":                   "$argon2d$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"Argon2id, version 16":      "$argon2id$v=16$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"Argon2id, 4 GiB":           "$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"Argon2i, many passes":      "$argon2i$v=19$m=64,t=1000000,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"Firebase, a key too short": "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=AAAA$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==",
		"a line end in it":          "$scrypt$ln=4,r=8,p=2$MDEyMzQ1Njc4OWFiY2RlZg\n$N8XErkyfoNGtOYhVwT2qHKYpjIm0l8BFNZpe7C0rHZo",
		"very long":                 "$scrypt$ln=4,r=8,p=2$" + strings.Repeat("A", 600) + "$AAAA",
	} {
		t.Run(why, func(t *testing.T) {
			_, err := CheckForeign(text)
			if err == nil {
				t.Fatalf("%s is accepted", text)
			}
			if len(text) > 10 && (strings.Contains(err.Error(), text) || strings.Contains(err.Error(), "N8XErk")) {
				t.Errorf("the error tells the hash: %v", err)
			}
			if ok, err := h.VerifyForeign(t.Context(), text, "password"); ok || err == nil {
				t.Errorf("verified: %v, %v", ok, err)
			}
		})
	}
}

func TestForeignHashesWaitForMemory(t *testing.T) {
	h := newHasher(t, Config{Params: cheap, Slots: 1})
	release, err := h.acquire(t.Context(), cheap)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.VerifyForeign(gone, foreignVectors[0].text, "password"); err == nil {
		t.Error("computed without a slot")
	}
}

// Whatever a file brings: what is accepted can be computed within the bounds.
func FuzzForeign(f *testing.F) {
	for _, v := range foreignVectors {
		f.Add(v.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := parseForeign(text)
		if err != nil {
			if len(text) > 10 && strings.Contains(err.Error(), text) {
				t.Errorf("the error tells the text: %v", err)
			}
			return
		}
		if parsed.memory() > MaxMemory {
			t.Errorf("%d KiB for %s", parsed.memory(), text)
		}
		cost := parsed.blank()
		again, err := CheckForeign(cost)
		if err != nil || again != cost {
			t.Errorf("the cost of %s is %s, whose cost is %s, %v", text, cost, again, err)
		}
	})
}
