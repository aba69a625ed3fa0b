// Signs and verifies images as the Notary Project's own library does, for tests: notation is a command around it.
package main

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"

	"github.com/notaryproject/notation-core-go/signature/cose"
	"github.com/notaryproject/notation-core-go/signature/jws"
	"github.com/notaryproject/notation-go"
	"github.com/notaryproject/notation-go/dir"
	"github.com/notaryproject/notation-go/registry"
	"github.com/notaryproject/notation-go/signer"
	"github.com/notaryproject/notation-go/verifier"
	"github.com/notaryproject/notation-go/verifier/trustpolicy"
	"github.com/notaryproject/notation-go/verifier/truststore"
	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run is called with: sign REPOSITORY DIGEST jws|cose KEY.pem CHAIN.pem, or verify REPOSITORY DIGEST FOLDER, where the
// folder holds trustpolicy.json and truststore/ as notation keeps them. NOTARY_USER and NOTARY_PASSWORD sign in.
func run(arguments []string) error {
	if len(arguments) < 4 {
		return errors.New("sign REPOSITORY DIGEST jws|cose KEY CHAIN | verify REPOSITORY DIGEST FOLDER")
	}
	ctx := context.Background()
	repository, err := open(arguments[1])
	if err != nil {
		return err
	}
	reference := arguments[1] + "@" + arguments[2]
	switch {
	case arguments[0] == "sign" && len(arguments) == 6:
		return sign(ctx, repository, reference, arguments[3], arguments[4], arguments[5])
	case arguments[0] == "verify":
		return verify(ctx, repository, reference, arguments[3])
	}
	return errors.New("sign or verify")
}

func open(name string) (registry.Repository, error) {
	opened, err := remote.NewRepository(name)
	if err != nil {
		return nil, err
	}
	opened.PlainHTTP = true
	opened.Client = &auth.Client{Credential: auth.StaticCredential(opened.Reference.Registry, auth.Credential{
		Username: os.Getenv("NOTARY_USER"), Password: os.Getenv("NOTARY_PASSWORD"),
	})}
	return registry.NewRepository(opened), nil
}

func sign(ctx context.Context, repository registry.Repository, reference, format, keyFile, chainFile string) error {
	key, err := readKey(keyFile)
	if err != nil {
		return err
	}
	chain, err := readChain(chainFile)
	if err != nil {
		return err
	}
	signs, err := signer.New(key, chain)
	if err != nil {
		return err
	}
	mediaType := jws.MediaTypeEnvelope
	if format == "cose" {
		mediaType = cose.MediaTypeEnvelope
	}
	options := notation.SignOptions{
		SignerSignOptions: notation.SignerSignOptions{SignatureMediaType: mediaType},
		ArtifactReference: reference,
	}
	signed, err := notation.Sign(ctx, signs, repository, options)
	if err == nil {
		fmt.Println(signed.Digest)
	}
	return err
}

func verify(ctx context.Context, repository registry.Repository, reference, folder string) error {
	dir.UserConfigDir = folder
	text, err := os.ReadFile(folder + "/trustpolicy.json")
	if err != nil {
		return err
	}
	var policy trustpolicy.Document
	if err := json.Unmarshal(text, &policy); err != nil {
		return err
	}
	judge, err := verifier.New(&policy, truststore.NewX509TrustStore(dir.ConfigFS()), nil)
	if err != nil {
		return err
	}
	options := notation.VerifyOptions{ArtifactReference: reference, MaxSignatureAttempts: 50}
	found, outcomes, err := notation.Verify(ctx, judge, repository, options)
	for _, outcome := range outcomes {
		for _, step := range outcome.VerificationResults {
			if step.Error != nil {
				fmt.Fprintln(os.Stderr, step.Type, step.Error)
			}
		}
	}
	if err == nil {
		fmt.Println(found.Digest)
	}
	return err
}

func readKey(file string) (crypto.PrivateKey, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(content)
	if block == nil {
		return nil, errors.New("no PEM in " + file)
	}
	return x509.ParsePKCS8PrivateKey(block.Bytes)
}

func readChain(file string) ([]*x509.Certificate, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var chain []*x509.Certificate
	for block, rest := pem.Decode(content); block != nil; block, rest = pem.Decode(rest) {
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		chain = append(chain, certificate)
	}
	return chain, nil
}
