-- dialect: tsql
-- The list the call centre works from: each active policy with the last thing that was booked on it.

CREATE VIEW dbo.vwActivePolicy
AS
SELECT
    p.PolicyNumber,
    p.ProductCode,
    c.FullName AS HolderName,
    p.ExpiryDate,
    latest.BookedOn AS LastBookedOn,
    latest.WrittenAmount AS LastWrittenAmount,
    CASE
        WHEN p.ExpiryDate < DATEADD(DAY, 30, CAST(GETDATE() AS DATE)) THEN 'renew'
        ELSE 'run'
    END AS Attention
FROM dbo.Policy AS p
INNER JOIN dbo.Client AS c ON c.PartyId = p.HolderId
OUTER APPLY (
    SELECT TOP (1) t.BookedOn, t.WrittenAmount
    FROM dbo.PremiumTransaction AS t
    WHERE t.PolicyId = p.PolicyId
    ORDER BY t.BookedOn DESC
) AS latest
WHERE p.Status = 'ACTIVE';
GO
