// Passkeys fail for ordinary reasons (cancelled, no key at hand, not supported): says so on the page, in #passkey-error.
document.addEventListener("allauth.error", (event) => {
  const place = document.getElementById("passkey-error");
  if (!place) return;
  event.preventDefault();
  const reason = event.detail.exception?.name;
  place.hidden = false;
  place.textContent =
    reason === "NotAllowedError"
      ? "Nothing was confirmed. Try again, and confirm with your fingerprint, face or key when the browser asks."
      : "This browser could not use a passkey here. Try another browser, or another way to log in.";
});
