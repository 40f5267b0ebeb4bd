package main

import (
	"os"
	"strings"
	"testing"
)

func TestRedact(t *testing.T) {
	for raw, want := range map[string]string{
		"":                         "",
		"sqlite:data/gatehouse.db": "sqlite:data/gatehouse.db",
		"postgres://db/gatehouse":  "postgres://db/gatehouse",
		"postgres://gate:s3cret@db/g?sslmode=require&password=s3cret":                                 "postgres://gate:[redacted]@db/g?sslmode=require&password=[redacted]",
		"smtp://user:s3cret@mail:587?starttls=require&from=a@b.c":                                     "smtp://user:[redacted]@mail:587?starttls=require&from=a@b.c",
		"ses://AKIAX:s3cret@eu-west-1?from=a@b.c&configuration-set=own&endpoint=https%3A%2F%2Fs3cret": "ses://AKIAX:[redacted]@eu-west-1?from=a@b.c&configuration-set=own&endpoint=[redacted]",
		"https://carrier.example/hooks/s3cret?token=s3cret#secret=whsec_s3cret":                       "https://carrier.example/[redacted]?token=[redacted]#[redacted]",
		"https://user@carrier.example/":                                                               "https://user@carrier.example/",
		"https://%zz:s3cret@carrier":                                                                  "[redacted]",
		"mailto:s3cret":                                                                               "[redacted]",
		"postgres://gate:s3cret%@db/g":                                                                "[redacted]",
	} {
		got := redact(raw)
		if got != want {
			t.Errorf("%s: got %s, want %s", raw, got, want)
		}
		if strings.Contains(got, "s3cret") {
			t.Errorf("%s: the secret is told: %s", raw, got)
		}
	}
}

func TestValues(t *testing.T) {
	check := func(t *testing.T, unmarshal func([]byte) error, good, bad []string) {
		t.Helper()
		for _, text := range good {
			if err := unmarshal([]byte(text)); err != nil {
				t.Errorf("%q: got error %v", text, err)
			}
		}
		for _, text := range bad {
			if err := unmarshal([]byte(text)); err == nil {
				t.Errorf("%q: got no error", text)
			}
		}
	}
	t.Run("a region", func(t *testing.T) {
		check(t, new(region).UnmarshalText, []string{"us-east-1", "local", "eu-isoe-west-1"},
			[]string{"", "US-EAST-1", "us_east_1", "1a", "us-east-1\n", "a/b", strings.Repeat("a", 33)})
	})
	t.Run("an account", func(t *testing.T) {
		check(t, new(account).UnmarshalText, []string{"000000000000", "123456789012"},
			[]string{"", "12345678901", "1234567890123", "12345678901a", "123456789012\n"})
	})
	t.Run("a base URL", func(t *testing.T) {
		check(t, new(baseURL).UnmarshalText, []string{"http://a", "https://a.example:8443/idp", "https://a/"},
			[]string{"", "a.example", "ftp://a", "https://", "https://a?b", "https://a#b", "https://u:p@a", "https://a b"})
		var b baseURL
		if b.UnmarshalText([]byte("https://a/idp/")); b != "https://a/idp" {
			t.Errorf("got %s, want no slash at the end", b)
		}
	})
	t.Run("hash parameters", func(t *testing.T) {
		check(t, new(hashParams).UnmarshalText, []string{"m=19456,t=2,p=1", "m=65536,t=3,p=4"},
			[]string{"", "m=19456", "m=19456,t=2,p=1,x=1", "m=19456,t=2,p=1 ", "m=019456,t=2,p=1", "m=-1,t=2,p=1",
				"m=19456,t=2,p=256", "m=19456,t=0,p=1", "m=4294967296,t=1,p=1", "m=99999999,t=1,p=1"})
		var h hashParams
		if err := h.UnmarshalText([]byte("m=65536,t=3,p=4")); err != nil || h.String() != "m=65536,t=3,p=4" {
			t.Errorf("got %s, error %v", h, err)
		}
	})
	t.Run("a size", func(t *testing.T) {
		check(t, new(mebibytes).UnmarshalText, []string{"1MiB", "64MiB", "256MiB"},
			[]string{"", "64", "64MB", "0MiB", "257MiB", "-1MiB", "MiB", "1.5MiB"})
	})
}

func TestSuggest(t *testing.T) {
	known := []string{"listen", "breach-list", "breach-fail-closed", "sms", "smtp"}
	same := func(name string) string { return name }
	for name, want := range map[string]string{
		"lissten": ", did you mean listen?", "breach-lists": ", did you mean breach-list?",
		"breach": ", did you mean breach-list?", "smtpp": ", did you mean smtp?", "telemetry": "", "x": "",
	} {
		if got := suggest(name, known, same); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

// TestConfigDoc holds docs/configuration.md to the settings as they are.
func TestConfigDoc(t *testing.T) {
	const path = "../../docs/configuration.md"
	if *update {
		if err := os.WriteFile(path, []byte(configDoc()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(kept) != configDoc() {
		t.Errorf("%s is not what the settings say; go test ./cmd/gatehouse -run TestConfigDoc -update writes it", path)
	}
	for _, flag := range settingFlags() {
		if flag.Help == "" || flag.Group == nil {
			t.Errorf("%s has no help or no group", flag.Name)
		}
		if !flag.IsBool() && flag.PlaceHolder == "" && flag.Enum == "" {
			t.Errorf("%s does not show the form of its value", flag.Name)
		}
	}
}
