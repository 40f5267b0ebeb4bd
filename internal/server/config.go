package server

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gatehouse-id/gatehouse/breach"
	"github.com/gatehouse-id/gatehouse/internal/part/forwarded"
	"github.com/gatehouse-id/gatehouse/internal/part/geo"
	"github.com/gatehouse-id/gatehouse/internal/part/notify"
	"github.com/gatehouse-id/gatehouse/internal/part/password"
	"github.com/gatehouse-id/gatehouse/internal/part/token"
)

// Config is everything that a server is made of. The zero value, but for Data
// and Listen, is a production server on SQLite.
type Config struct {
	// Listen is host:port; port 0 takes any free one.
	Listen string
	// Data is the folder of the SQLite database and the master key file.
	Data string
	// Database is sqlite:PATH or postgres://...; empty = sqlite:<Data>/gatehouse.db.
	Database string
	// BaseURL is where clients reach this server, the beginning of every token's
	// iss; empty = http://<the address listened on>.
	BaseURL string
	// Region and Account appear in pool ids and ARNs; empty = us-east-1, 000000000000.
	Region, Account string

	// MasterKey is the base64 of 32 bytes, or empty; MasterKeyFile is a path to
	// one, which must exist. With neither, <Data>/master.key is used, and made
	// at the first start.
	MasterKey, MasterKeyFile string

	// Ops is host:port of the listener for health and metrics; empty = none.
	Ops string

	// Proxies are those in front of this server that are trusted; zero = none.
	Proxies forwarded.Config

	// Dev accepts any AWS credentials, shows the mailbox, and refuses to listen
	// on anything but loopback.
	Dev bool
	// offline is a server without a listener: see Offline.
	offline bool

	// SMTP, SES and SMS are URLs of part/notify; SES carries mail whose pool names
	// an SES identity, and all mail where there is no SMTP. Empty = the mailbox.
	SMTP, SES, SMS string

	// BreachLists are paths of HIBP text files, beside the built-in list.
	BreachLists []string
	// BreachIndex is a folder of segments with a manifest, or one such file
	// (see package breach); empty = none. A folder is replaced while it is asked.
	BreachIndex string
	// BreachKeyFile holds the key of keyed lists in the index: the base64 of 32 bytes.
	BreachKeyFile string
	// Geo names files of places and networks, which are replaced while the server
	// runs. Its Report is the server's.
	Geo geo.Config
	// BreachFailClosed refuses passwords while the corpus cannot be read.
	BreachFailClosed bool
	// RiskNoDefaults leaves an absent section of a risk configuration without effect.
	RiskNoDefaults bool
	// IgnoreTiers lets every pool use what Cognito reserves for the PLUS tier.
	IgnoreTiers bool

	// Triggers tell where the functions of pools run, each as ARN=URL (see package trigger).
	Triggers []string

	// Hash are the Argon2id parameters; zero = password.DefaultParams.
	Hash password.Params

	Log *slog.Logger
	Now func() time.Time
	// Rand is the source of ids, salts and codes; nil = crypto/rand. A reader of
	// one's own must be safe for concurrent use.
	Rand io.Reader
	// NewKey makes signing keys; nil = token.NewKey.
	NewKey func() (*token.Key, error)
}

// database is the URL of the store.
func (c Config) database() (string, error) {
	switch {
	case c.Database != "":
		return c.Database, nil
	case c.Data == "":
		return "", errors.New("neither a data folder nor a database was given")
	}
	return "sqlite:" + filepath.Join(c.Data, "gatehouse.db"), nil
}

// CheckListen refuses to open a development server to other machines.
func (c Config) CheckListen() error {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return fmt.Errorf("listen address %q: want host:port", c.Listen)
	}
	if !c.Dev {
		return nil
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("listen address %q is not loopback: a development server accepts any credentials and must not be reachable from other machines", c.Listen)
}

// base is the URL before the pool id, given the address listened on.
func (c Config) base(addr net.Addr) (string, error) {
	if c.BaseURL == "" {
		return "http://" + addr.String(), nil
	}
	u, err := url.Parse(c.BaseURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("base URL %q: want http(s)://host[:port][/path]", c.BaseURL)
	}
	return strings.TrimSuffix(c.BaseURL, "/"), nil
}

// hostName is the name in a base URL, "" where there is an address instead: no
// domain can be an alias of that.
func hostName(base string) string {
	u, err := url.Parse(base)
	if err != nil || net.ParseIP(u.Hostname()) != nil {
		return ""
	}
	return u.Hostname()
}

// corpus is the built-in list together with the operator's lists and index.
// The index, unless nil, is for the caller to watch and close.
func (c Config) corpus() (all breach.Corpus, index *breach.Index, err error) {
	parts := []breach.Corpus{breach.Builtin()}
	for _, path := range c.BreachLists {
		list, err := breach.OpenList(path)
		if err != nil {
			return nil, nil, fmt.Errorf("read breach list: %w", err)
		}
		parts = append(parts, list)
	}
	if c.BreachIndex != "" {
		if index, err = breach.Open(c.BreachIndex, breach.Options{Now: c.Now, Key: c.breachKey}); err != nil {
			return nil, nil, fmt.Errorf("open breach index: %w", err)
		}
		parts = append(parts, index)
	}
	return breach.Union(parts...), index, nil
}

// breachKey finds the key of a list. A list that cannot be asked for want of its
// key would protect nobody, so the index is refused.
func (c Config) breachKey([16]byte) ([]byte, error) {
	if c.BreachKeyFile == "" {
		return nil, errors.New("the index holds a keyed list: set breach-key-file")
	}
	return ReadBreachKey(c.BreachKeyFile)
}

// breachKeyBytes is the length of a key of keyed lists.
const breachKeyBytes = 32

// ReadBreachKey reads the key of keyed lists from a file.
func ReadBreachKey(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read key of the list: %w", err)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != breachKeyBytes {
		return nil, fmt.Errorf("read key of the list: %s does not hold the base64 of %d bytes: make one with openssl rand -base64 %d", path, breachKeyBytes, breachKeyBytes)
	}
	return key, nil
}

// sender opens a channel's URL. Without one it is nil in development, which
// means the mailbox. Elsewhere nobody may read messages, so they are not kept
// in the clear: they wait in the outbox.
func (c Config) sender(raw, setting string) (notify.Sender, error) {
	switch {
	case raw != "":
		return notify.Open(raw)
	case c.Dev:
		return nil, nil
	}
	return notify.Unset{Setting: setting}, nil
}

// email opens the ways that mail goes.
func (c Config) email() (notify.Sender, error) {
	if c.SES == "" {
		return c.sender(c.SMTP, "smtp")
	}
	ses, err := notify.Open(c.SES)
	if err != nil || c.SMTP == "" {
		return ses, err
	}
	smtp, err := notify.Open(c.SMTP)
	return notify.ByIdentity{SES: ses, Other: smtp}, err
}
